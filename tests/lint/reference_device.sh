#!/bin/sh
# reference_device.sh <gantry-ssd>: docs/reference/device.md is what this program says of its keys.
set -eu
. "$(dirname -- "$0")/environment.sh"
"$1" config schema --markdown | diff -u docs/reference/device.md - || {
  echo 'docs/reference/device.md is not up to date: build the target gantry_write_docs'
  exit 1
}
