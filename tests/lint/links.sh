#!/bin/sh
# Every relative link of the documentation leads to a file.
set -eu
. "$(dirname -- "$0")/environment.sh"
dead=$(sources '*.md' | while read -r file; do
  grep -oE '\]\([^)#: ]+' "$file" | cut -c3- | while read -r link; do
    [ -e "$(dirname "$file")/$link" ] || echo "$file: $link"
  done
done)
[ -z "$dead" ] || {
  echo "Links that lead nowhere:"
  echo "$dead"
  exit 1
}
