#!/bin/bash
# libcurl_test.sh <gantry> <gantry.image>: libcurl is loaded by what talks to a registry and by
# nothing else, yet the image of the program itself has it.
set -euo pipefail
gantry=$1
image=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# shellcheck source=tests/integration/expectations.sh
source "$(dirname "$0")/expectations.sh"

# loads <command>...: whether the dynamic loader looks for libcurl.
loads() {
  LD_DEBUG=libs "$@" >"$scratch/libraries" 2>&1 || true
  grep -q 'find library=libc\.so' "$scratch/libraries" || fail "the loader says nothing for $*"
  grep -q 'find library=libcurl\.so' "$scratch/libraries"
}

! loads "$gantry" --version || fail "--version loads libcurl"
! loads "$gantry" image ls "$image" || fail "image ls loads libcurl"
asks=("$gantry" registry ls --plain-http 127.0.0.1:1/none)
loads "${asks[@]}" || fail "registry ls does not load libcurl"

contents=$("$gantry" image ls "$image")
[[ $contents == */libcurl.so.4* ]] || fail "the image has no libcurl"

echo >"$scratch/libcurl.so.4"
LD_LIBRARY_PATH=$scratch fails "libcurl.so.4 cannot be used: $scratch/libcurl.so.4: file too short
hint: install it; on Debian: apt-get install libcurl4" "${asks[@]}"
