#!/bin/bash
# ssd_state_test.sh <gantry-ssd>: states of devices on the simulator's command line.
set -euo pipefail
ssd=$1
. "$(dirname -- "$0")/expectations.sh"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

# A state knows its device, and what is on it.
"$ssd" precondition --device ref-a --output used.state >facts
grep -q '^mapped        1835008 of 1835008 pages (100.0 %)$' facts || fail "precondition: $(cat facts)"
"$ssd" state show used.state | diff facts - || fail 'show says something else'
"$ssd" state show used.state --json >facts.json
grep -q '"mapped_pages": 1835008,' facts.json || fail "show: $(cat facts.json)"
[[ $("$ssd" state check used.state) == 'the state is whole' ]] || fail check
"$ssd" precondition --device ref-a --output again.state >facts
cmp used.state again.state

# A run from it is that of a device that has been filled in the same way, and it leaves it as it is.
workload=(--read 50% --queue-depth 8 --warm-up 100 --commands 2000)
"$ssd" run --state used.state "${workload[@]}" --json --histogram >from-state.json
"$ssd" run --device ref-a --fill random "${workload[@]}" --json --histogram >from-fill.json
python3 - <<'END'
import json
state, fill = (json.load(open(name)) for name in ('from-state.json', 'from-fill.json'))
assert state['report'] == fill['report']
assert state['state']['file'] == 'used.state' and fill['state'] is None
END
cmp used.state again.state

# Two halves are the whole, to the last byte of the state after them.
for at in $(seq 0 59); do
  echo "$((128166372003061629 + at * 100000)),host,0,$( ((at % 3)) && echo Write || echo Read),$((at % 7 * 4096)),4096,0"
done >whole.csv
head -30 whole.csv >first.csv
tail -30 whole.csv >second.csv
replay=(--queue-depth 1)
"$ssd" replay whole.csv --device toyssd "${replay[@]}" --save-state whole.state >/dev/null
"$ssd" replay first.csv --device toyssd "${replay[@]}" --save-state first.state >/dev/null
"$ssd" replay second.csv --state first.state "${replay[@]}" --save-state second.state >/dev/null
cmp whole.state second.state
! cmp -s first.state second.state || fail 'the second half changes nothing'

# A workload to warm up, and on from a state.
"$ssd" precondition --state used.state --output worn.state --bytes 4MiB --queue-depth 4 --json >facts.json
grep -q '"host_pages": 10[0-9][0-9],' facts.json || fail "warm-up: $(cat facts.json)"

# What does not fit is said.
fails 'used.state: this is the state of another device: /geometry/channels is 8 there, not 1' \
  "$ssd" run --state used.state --device toyssd
fails '--fill and --state exclude each other' "$ssd" run --state used.state --fill
fails '--device or --state is needed' "$ssd" run
echo {} >toy.json
fails 'toy.json: this is no state of a simulated device' "$ssd" state check toy.json
fails 'none.state: No such file' "$ssd" run --state none.state
head -c 100000 used.state >short.state
fails 'short.state: the file is cut short: it has 100000 bytes, and should have' "$ssd" state check short.state
cp used.state flipped.state
printf x | dd of=flipped.state bs=1 seek=5000000 conv=notrunc status=none
fails "flipped.state: the section 'arrays' is damaged" "$ssd" run --state flipped.state

# Killed at any time, it leaves the state that was there, or the new one.
"$ssd" run --state used.state --read 0% --commands 100 --save-state next.state >/dev/null
cp used.state kept.state
met=0
for delay in 0.02 0.05 0.1 0.15 0.2 0.3 0.4 0.6; do
  "$ssd" run --state used.state --read 0% --commands 100 --save-state kept.state >/dev/null &
  run=$!
  sleep "$delay"
  kill -KILL "$run" 2>/dev/null && met=$((met + 1))
  wait "$run" 2>/dev/null || true
  cmp -s kept.state used.state || cmp kept.state next.state
done
((met > 0)) || fail 'nothing was killed'

# So does a file that may not grow so far.
cp used.state kept.state
fails 'cannot write kept.state: File too large' bash -c \
  'trap "" XFSZ; ulimit -f 8000; "$@"' limited "$ssd" run --state used.state --commands 1 --save-state kept.state
cmp kept.state used.state
rm -f kept.state.??????
"$ssd" run --state used.state --commands 1 --save-state kept.state >/dev/null
[[ $(echo kept.state*) == kept.state ]] || fail "what is left: $(ls)"
