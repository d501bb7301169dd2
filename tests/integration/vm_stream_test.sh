#!/bin/bash
# vm_stream_test.sh <gantry-vm> <gantry-guest-agent> <directory>: a QEMU that cannot leave the memory out of
# what it saves makes checkpoints, too, from which clones and later stages go on. The guest's kernel is kept
# in the directory.
# shellcheck disable=SC2034,SC2154 # the sourced files read some and give others
set -euo pipefail
vm=$1 agent=$2 kernels=$3
# shellcheck source=tests/integration/vm_test.sh
. "$(dirname -- "$0")/vm_test.sh"
# shellcheck source=tests/integration/vm_store_guest.sh
. "$(dirname -- "$0")/vm_store_guest.sh"
begin_vm_test readlink
make_store_guest

# Such a QEMU: the same one, to which the capability has another name. It finds its files beside it.
qemu=$(readlink -f "$(command -v qemu-system-x86_64)")
mkdir -p old/bin
LC_ALL=C sed 's/x-ignore-shared/x-unheard-of-xx/g' "$qemu" >old/bin/qemu-system-x86_64
chmod +x old/bin/qemu-system-x86_64
ln -s /usr/share old/share
ln -s /usr/lib old/lib
PATH=$scratch/old/bin:$PATH
! cmp -s "$qemu" old/bin/qemu-system-x86_64 || fail 'this QEMU has no such capability'

timeout 120 "$vm" build ready.spec --output ready.checkpoint >said 2>&1 || fail "$(cat said)"
ready=store/checkpoints/$(cat ready.checkpoint)
[ ! -e "$ready/ram" ] || fail 'the memory is in a file of its own'
[ "$(stat -c %s "$ready/devices")" -gt 10000000 ] || fail 'the memory is nowhere'
timeout 60 "$vm" build final.spec --output final.checkpoint >said 2>&1 || fail "$(cat said)"
in_clone() {
  timeout 60 "$vm" run "$1" --store store --in-guest -- sh -c "$2"
}
in_clone ready.checkpoint 'cat /tmp/nonce' >one
in_clone final.checkpoint 'cat /tmp/nonce; cat /mnt/file' >other
[ "$(cat other)" = "$(cat one)
second" ] || fail "it is a reboot, or has another disk: $(cat one other)"
"$vm" verify --store store >said || fail "$(cat said)"
fails 'its memory is in the state of devices' "$vm" export final.checkpoint --store store --container tree
