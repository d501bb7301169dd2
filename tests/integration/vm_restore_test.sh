#!/bin/bash
# vm_restore_test.sh <gantry-vm> <gantry-guest-agent> <directory>: 100 of 100 restores of a checkpoint go on
# from it, and none is a reboot. GANTRY_VM_RESTORES is another number. The guest's kernel is kept in the
# directory.
# shellcheck disable=SC2016,SC2034,SC2154 # the sourced files read some and give others
set -euo pipefail
vm=$1 agent=$2 kernels=$3
# shellcheck source=tests/integration/vm_test.sh
. "$(dirname -- "$0")/vm_test.sh"
# shellcheck source=tests/integration/vm_store_guest.sh
. "$(dirname -- "$0")/vm_store_guest.sh"
begin_vm_test curl
make_store_guest
timeout 120 "$vm" build --quiet ready.spec --output ready.checkpoint || fail "the guest could not be saved"

state() {
  timeout 60 "$vm" run ready.checkpoint --store store --in-guest -- \
    sh -c 'cat /tmp/nonce /proc/sys/kernel/random/boot_id /tmp/counter'
}
state >first
counter=$(sed -n 3p first)
restores=${GANTRY_VM_RESTORES:-100}
good=0
for i in $(seq "$restores"); do
  state >now || { echo "restore $i fails"; continue; }
  cmp -s <(head -n 2 first) <(head -n 2 now) || fail "restore $i is a reboot: $(cat now)"
  # It goes on from where it was saved, and is no older; a clone does not live for a minute.
  late=$(($(sed -n 3p now) - counter))
  ((late > -1200 && late < 1200)) || fail "restore $i has counted to $(sed -n 3p now), the first to $counter"
  good=$((good + 1))
done
[ "$good" = "$restores" ] || fail "$good of $restores restores succeed"
echo "$good of $restores restores succeed"

# What counts in the guest goes on, and so does the network.
# shellcheck disable=SC2016
timeout 60 "$vm" run ready.checkpoint --store store -- sh -c '
  [ "$(curl --silent --max-time 30 "http://127.0.0.1:$GANTRY_VM_PORT_80/")" = page ]' ||
  fail "the guest does not answer"
timeout 60 "$vm" run ready.checkpoint --store store --in-guest -- sh -c '
  first=$(cat /tmp/counter)
  for i in 1 2 3 4 5 6 7 8 9 10; do
    sleep 0.2
    [ "$(cat /tmp/counter)" -le "$first" ] || exit 0
  done
  exit 1' || fail "the guest stands still"
"$vm" verify --store store
