#!/bin/bash
# vm_at_once_test.sh <gantry-vm> <gantry-guest-agent> <directory>: two builds of a checkpoint at once are one,
# what a test uses is not collected, and what runs beside a machine ends with it. The guest's kernel is kept
# in the directory.
# shellcheck disable=SC2034,SC2154 # the sourced files read some and give others
set -euo pipefail
vm=$1 agent=$2 kernels=$3
# shellcheck source=tests/integration/vm_test.sh
. "$(dirname -- "$0")/vm_test.sh"
# shellcheck source=tests/integration/vm_store_guest.sh
. "$(dirname -- "$0")/vm_store_guest.sh"
begin_vm_test jq
make_store_guest

timeout 200 "$vm" build ready.spec --output ready.checkpoint >one 2>&1 &
first=$!
timeout 200 "$vm" build ready.spec --output again.checkpoint >other 2>&1 &
second=$!
wait "$first" || fail "the first of two builds at once: $(cat one)"
wait "$second" || fail "the second of two builds at once: $(cat other)"
cmp ready.checkpoint again.checkpoint
[ "$(cat one other | grep -c '^checkpoint ready: built in')" = 1 ] || fail "it is not built once: $(cat one other)"
[ "$(cat one other | grep -c '^checkpoint ready: unchanged')" = 1 ] || fail "one has not found it: $(cat one other)"
grep -q '^another process builds it: waiting$' one other || fail "nobody has waited: $(cat one other)"

# What a test stands on stays, although no key file names it.
cp ready.checkpoint mine
timeout 120 "$vm" run mine --store store -- sh -c 'touch began; while [ ! -e over ]; do sleep 0.1; done; touch done' &
runs=$!
until [ -e began ]; do sleep 0.1; done
rm ready.checkpoint again.checkpoint
"$vm" gc --store store --json >collected
[ "$(jq '[.kept, .inUse]' -c collected)" = '[1,1]' ] || fail "what is in use is collected: $(cat collected)"
touch over
wait "$runs" || fail "the test has not ended well"
"$vm" gc --store store --dry-run | grep -q '^checkpoint ready, ' || fail "what nobody uses would stay"
cp mine ready.checkpoint
"$vm" gc --store store --keep ready.checkpoint >/dev/null
rm -f began over

# SIGTERM ends the command beside the machine, with what it has started.
timeout 120 "$vm" run ready.checkpoint --store store -- sh -c 'sleep 1000 & echo $! >pid; wait' >/dev/null 2>&1 &
runs=$!
until [ -s pid ]; do sleep 0.1; done
# timeout(1) passes the signal on.
kill -TERM "$runs"
status=0
wait "$runs" || status=$?
[ "$status" = 143 ] || fail "its exit code is $status"
lives() {
  [ -e "/proc/$1" ] && ! grep -q '^State:.Z' "/proc/$1/status" 2>/dev/null
}
for _ in $(seq 50); do
  if ! lives "$(cat pid)"; then break; fi
  sleep 0.1
done
! lives "$(cat pid)" || fail "what it has started lives on"

"$vm" gc --store store >/dev/null
"$vm" gc --store store | grep -q '^0 B freed; 0 checkpoints are kept' || fail "something is left: $("$vm" gc --store store)"
