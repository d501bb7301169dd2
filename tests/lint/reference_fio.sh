#!/bin/sh
# reference_fio.sh <gantry-fio> [--fix]: docs/reference/fio.md is what this program says of itself.
set -eu
. "$(dirname -- "$0")/environment.sh"
if [ "${2:-}" = --fix ]; then
  "$1" --reference >docs/reference/fio.md
  exit
fi
"$1" --reference | diff -u docs/reference/fio.md - || {
  echo 'docs/reference/fio.md is not up to date: build the target gantry_write_docs'
  exit 1
}
