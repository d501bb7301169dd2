#!/bin/sh
# reference_c_api.sh [--fix]: docs/reference/c-api.md is what the header's comments say, and every
# function and structure of the header is in it.
set -eu
. "$(dirname -- "$0")/environment.sh"
header=simulator/capi/gantry/ssd.h
reference=docs/reference/c-api.md
written=$(mktemp)
trap 'rm -f "$written"' EXIT
{
  printf '# The C interface of the simulator\n\n'
  printf '<!-- Written from the comments of %s by tests/lint/reference_c_api.sh --fix; ' "$header"
  printf 'do not edit. -->\n\n'
  awk -f tests/lint/reference_c_api.awk "$header"
} >"$written"
for name in $(sed -n 's/^GANTRY_SSD_API .*[ *]\(gantry_ssd_[a-z_]*\)(.*/\1()/p; s/^\(\(enum\|struct\) [a-z_]*\) {$/\1/p' \
  "$header" | tr ' ' _); do
  tr ' ' _ <"$written" | grep -qF "##_\`$name\`" || {
    echo "$header: $name has no comment above it"
    exit 1
  }
done
if [ "${1:-}" = --fix ]; then
  cp "$written" "$reference"
else
  diff -u "$reference" "$written" || {
    echo "$reference is not up to date: build the target gantry_write_docs"
    exit 1
  }
fi
