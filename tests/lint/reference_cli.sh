#!/bin/sh
# reference_cli.sh <gantry>: docs/reference/cli.md is what this program says of itself.
set -eu
. "$(dirname -- "$0")/environment.sh"
"$1" reference markdown | diff -u docs/reference/cli.md - || {
  echo 'docs/reference/cli.md is not up to date: build the target gantry_write_docs'
  exit 1
}
