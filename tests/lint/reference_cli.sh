#!/bin/sh
# reference_cli.sh <program> <page>: that page of docs/reference is what the program says of itself.
set -eu
. "$(dirname -- "$0")/environment.sh"
"$1" reference markdown | diff -u "docs/reference/$2" - || {
  echo "docs/reference/$2 is not up to date: build the target gantry_write_docs"
  exit 1
}
