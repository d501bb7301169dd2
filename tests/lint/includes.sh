#!/bin/sh
# includes.sh [<source tree>]: holds the arrows of includes.txt between the folders of a source tree.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
. "$here/environment.sh"
cd "${1:-.}"

for top in tools simulator; do
  [ ! -d "$top" ] || find "$top" -type f \( -name '*.[ch]' -o -name '*.[ch]pp*' \)
done | sort | in_all awk -f "$here/includes.awk" "$here/includes.txt"
