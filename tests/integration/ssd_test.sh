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

"$ssd" config init ref-a --output my.json
ends 0 "$ssd" config check my.json
[[ ! -s output ]] || fail "check said: $(cat output)"
[[ $("$ssd" config init ./my.json) == "$(cat my.json)" ]] || fail 'what init has written is not canonical'
sed -i '/"nand"/,/}/s/"erase"/"earse"/; s/"channels": 8/"channels": 0/' my.json
ends 1 "$ssd" config check my.json
[[ $(cat output) == "my.json: /nand/earse: unknown key; did you mean 'erase'?
my.json: /geometry/channels: expected a whole number from 1 to 1024, such as 8, found 0" ]] || fail "check: $(cat output)"
ends 1 "$ssd" config check nothing.json
fails "there is no profile 'ref-b'" "$ssd" config init ref-b

[[ $("$ssd" config explain ref-a) == *'read                  59.812 us'* ]] || fail 'explain'
"$ssd" config explain mqsim-default-like >text
for line in '  read                  88.614 us, 88.614 us' '  write, buffered       1.024 us' \
  '  sequential read       2664.0 MB/s (channels; '; do
  grep -qF "$line" text || fail "explain has no line '$line': $(cat text)"
done
"$ssd" config explain ref-a --json | python3 -c '
import json, sys
figures = json.load(sys.stdin)
assert figures["read_ns"] == [59812] and figures["user_bytes"] == 7 << 30, figures
assert "buffered_write_ns" not in figures
assert figures["random_reads"][0]["resource"] == "dies"' || fail 'explain --json'

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
