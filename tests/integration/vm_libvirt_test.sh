#!/bin/bash
# vm_libvirt_test.sh <gantry-vm> <gantry-guest-agent> <directory>: daemons of libvirt boot a guest, the
# system's kind and a user's, and make the same checkpoint of it as none. The guest's kernel is kept in
# the directory.
# shellcheck disable=SC2034,SC2154 # the sourced files read some and give others
set -euo pipefail
vm=$1 agent=$2 kernels=$3
# shellcheck source=tests/integration/vm_test.sh
. "$(dirname -- "$0")/vm_test.sh"
# shellcheck source=tests/integration/libvirtd.sh
. "$(dirname -- "$0")/libvirtd.sh"
# shellcheck source=tests/integration/vm_store_guest.sh
. "$(dirname -- "$0")/vm_store_guest.sh"
begin_vm_test jq
need_libvirtd
cleanup() {
  # shellcheck disable=SC2046 # they are words
  kill $(jobs -p) 2>/dev/null || true
  wait
}
export XDG_RUNTIME_DIR=$scratch
start_libvirtd "$scratch/system" "memory_backing_dir = \"$scratch/system/memory\""
domains() {
  timeout 30 virsh --quiet --connect "$libvirt_uri" list --name | sed '/^$/d'
}

make_store_guest

# The daemon boots it, and has no part in what goes on from it.
timeout 120 "$vm" build ready.spec --connect "$libvirt_uri" --output ready.checkpoint >said 2>&1 || fail "$(cat said)"
compgen -G "$scratch/system/log/qemu/box-*.log" >/dev/null || fail "libvirt's daemon has not run it"
[ -z "$(domains)" ] || fail "left at the daemon: $(domains)"
timeout 60 "$vm" run ready.checkpoint --store store --in-guest -- \
  sh -c 'test -s /tmp/nonce && echo more >/mnt/file && sync' || fail 'it does not go on'
timeout 20 "$vm" build ready.spec >said
grep -q unchanged said || fail "the URI counts: $(cat said)"

# It is the machine that this process makes of it: but for identities, by the word.
hardware() {
  jq -S '.hardware | del(.. | select(type == "string" and test("^[0-9a-f-]{36}$|vmgenid")))' \
    "store/checkpoints/$(cat "$1")/checkpoint.json"
}
timeout 120 "$vm" build ready.spec --no-cache --connect qemu:///embed --output again.checkpoint >said 2>&1 || fail "$(cat said)"
cmp <(hardware ready.checkpoint) <(hardware again.checkpoint) || fail 'it is another machine'

# A build that is killed leaves nothing with the daemon, which goes on.
sed 's/^name ready/name slow/; s/^ready .*/ready console:never/' ready.spec >slow.spec
GANTRY_LIBVIRT_URI=$libvirt_uri timeout 120 "$vm" build slow.spec >said 2>&1 &
build=$!
for _ in $(seq 200); do [ -z "$(domains)" ] || break; sleep 0.1; done
[ -n "$(domains)" ] || fail "the variable does not count: $(cat said)"
pkill -9 --parent "$build"
wait "$build" || true
for _ in $(seq 100); do [ -n "$(domains)" ] || break; sleep 0.1; done
[ -z "$(domains)" ] || fail "left at the daemon: $(domains)"
[ -z "$(ls "$scratch/system/memory/libvirt/qemu" 2>/dev/null)" ] || fail 'memory is left'

# What leads elsewhere is refused before anybody is asked, and a daemon with files of its own is, too.
refused() {
  fails "$2" timeout 60 "$vm" build slow.spec --no-cache --connect "$1"
}
refused qemu+ssh://elsewhere/system 'qemu+ssh://elsewhere/system: its guests may run on another machine: their memory'
refused test:///default "guests are run by libvirt's driver of QEMU, and this is another one"
refused 'qemu:///embed?root=/tmp' 'the driver in this process is the default'
refused "qemu+unix:///system?socket=$scratch/none" "Failed to connect socket to '$scratch/none'"
kill "$libvirtd"
wait "$libvirtd" || true
start_libvirtd "$scratch/system" # as it is configured where nothing is said: below /var/lib, which is its own
refused "$libvirt_uri" "libvirt says that this file is the guest's memory, and it is not: No such file"
[ -z "$(domains)" ] || fail "left at the daemon: $(domains)"
