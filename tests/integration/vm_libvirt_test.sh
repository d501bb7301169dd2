#!/bin/bash
# vm_libvirt_test.sh <gantry-vm> <gantry-guest-agent> <directory>: a daemon of libvirt boots a guest,
# and makes the same checkpoint of it as none; it runs clones, too. The guest's kernel is kept in the
# directory.
# shellcheck disable=SC2034,SC2154 # the sourced files read some and give others
set -euo pipefail
vm=$1 agent=$2 kernels=$3
# shellcheck source=tests/integration/vm_test.sh
. "$(dirname -- "$0")/vm_test.sh"
# shellcheck source=tests/integration/libvirtd.sh
. "$(dirname -- "$0")/libvirtd.sh"
# shellcheck source=tests/integration/vm_store_guest.sh
. "$(dirname -- "$0")/vm_store_guest.sh"
begin_vm_test jq curl
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
timeout 120 "$vm" build ready.spec --accelerator tcg --connect "$libvirt_uri" --output ready.checkpoint >said 2>&1 || fail "$(cat said)"
compgen -G "$scratch/system/log/qemu/box-*.log" >/dev/null || fail "libvirt's daemon has not run it"
[ -z "$(domains)" ] || fail "left at the daemon: $(domains)"
timeout 60 "$vm" run ready.checkpoint --store store --in-guest -- \
  sh -c 'test -s /tmp/nonce && echo more >/mnt/file && sync' || fail 'it does not go on'
timeout 20 "$vm" build ready.spec --accelerator tcg >said
grep -q unchanged said || fail "the URI counts: $(cat said)"

# It runs a clone, too: others see it there, and it has the memory and the disk that were saved.
timeout 60 "$vm" start ready.checkpoint --store store --connect "$libvirt_uri" >said 2>&1 || fail "$(cat said)"
domain=$(sed -n "s|^domain \(box-[^ ]*\) of $libvirt_uri\$|\1|p" said)
[ -n "$domain" ] || fail "it said: $(cat said)"
[ "$(domains)" = "$domain" ] || fail "the daemon has: $(domains)"
[ "$(timeout 30 virsh --connect "$libvirt_uri" domstate "$domain")" = running ] || fail 'it does not run'
timeout 60 "$vm" start ready.checkpoint --store store --quiet
timeout 60 "$vm" exec ready -- sh -c 'echo mine >/mnt/file; sync; cat /tmp/nonce; hostname' >one
timeout 60 "$vm" exec ready-2 -- sh -c 'test ! -e /mnt/file && cat /tmp/nonce; hostname' >other
cmp <(head -n 1 one) <(head -n 1 other) || fail 'it is another machine'
! cmp -s one other || fail 'two clones have one name'
# shellcheck disable=SC2016
echo 'echo hello-$((20+3))' | timeout 60 "$vm" console ready >said
grep -q hello-23 said || fail "the console said: $(cat said)"
port=$("$vm" ps --json | jq -r '.[] | select(.name == "ready") | .ports["80"]')
[ "$(curl --silent --max-time 30 "http://127.0.0.1:$port/")" = page ] || fail "the guest's port is not there"
grep -q hello-23 "$("$vm" ps --json | jq -r '.[] | select(.name == "ready") | .directory')/console.log" ||
  fail 'the console is not kept'

# It ends when it is told to, at the daemon, and with its owner.
timeout 60 "$vm" stop ready ready-2
[ -z "$(domains)" ] || fail "left at the daemon: $(domains)"
timeout 60 "$vm" start ready.checkpoint --store store --quiet --connect "$libvirt_uri"
timeout 30 virsh --quiet --connect "$libvirt_uri" destroy "$(domains)"
for _ in $(seq 50); do [ "$("$vm" ps)" != 'no machine runs' ] || break; sleep 0.1; done
[ "$("$vm" ps)" = 'no machine runs' ] || fail "left: $("$vm" ps)"
timeout 60 "$vm" start ready.checkpoint --store store --quiet --connect "$libvirt_uri"
kill -9 "$("$vm" ps --json | jq '.[0].owner')"
for _ in $(seq 100); do [ -n "$(domains)" ] || break; sleep 0.1; done
[ -z "$(domains)" ] || fail "its owner was killed, and it goes on: $(domains)"

# It is the machine that this process makes of it: but for identities, by the word.
hardware() {
  jq -S '.hardware | del(.. | select(type == "string" and test("^[0-9a-f-]{36}$|vmgenid")))' \
    "store/checkpoints/$(cat "$1")/checkpoint.json"
}
timeout 120 "$vm" build ready.spec --accelerator tcg --no-cache --connect qemu:///embed --output again.checkpoint >said 2>&1 || fail "$(cat said)"
cmp <(hardware ready.checkpoint) <(hardware again.checkpoint) || fail 'it is another machine'

# A build that is killed leaves nothing with the daemon, which goes on.
sed 's/^name ready/name slow/; s/^ready .*/ready console:never/' ready.spec >slow.spec
GANTRY_LIBVIRT_URI=$libvirt_uri timeout 120 "$vm" build slow.spec --accelerator tcg >said 2>&1 &
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
  fails "$2" timeout 60 "$vm" build slow.spec --accelerator tcg --no-cache --connect "$1"
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
