#!/bin/bash
# ssd_test.sh <gantry> <gantry-ssd>: the command line of the simulator, and the way to it.
set -euo pipefail
gantry=$1
ssd=$2
. "$(dirname -- "$0")/expectations.sh"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

# ends <code> <command>...: with this exit code.
ends() {
  local expected=$1 code=0
  shift
  "$@" >"$scratch/output" 2>&1 || code=$?
  [[ $code == "$expected" ]] || fail "$*: exit code $code, not $expected: $(cat "$scratch/output")"
}

[[ $("$ssd" --version) == "gantry-ssd "[0-9]* ]] || fail '--version'
[[ $("$ssd" --help) == *'gantry ssd config list'* ]] || fail 'no example in --help'
ends 0 "$ssd" config --help
ends 2 "$ssd"
ends 2 "$ssd" confg
ends 2 "$ssd" config
[[ $("$ssd" config list) == *ref-a* ]] || fail 'config list'

# gantry WORD is gantry-WORD beside it, and nothing else.
[[ $("$gantry" ssd config list) == "$("$ssd" config list)" ]] || fail 'gantry ssd'
ends 2 "$gantry" ssd confg
ends 2 "$gantry" ../gantry-ssd
ends 2 "$gantry" sd
mkdir alone
cp "$gantry" alone/gantry
ends 2 alone/gantry ssd config list
printf '#!/bin/sh\nprintf "%%s\\n" "$@"\nexit 9\n' >alone/gantry-ssd
ends 2 alone/gantry ssd "a  b"
chmod +x alone/gantry-ssd
ends 9 alone/gantry ssd "a  b" -- --version
[[ $(cat output) == 'a  b
--
--version' ]] || fail "its arguments: $(cat output)"
printf '#!/no/such/interpreter\n' >alone/gantry-ssd
fails 'cannot run' alone/gantry ssd
