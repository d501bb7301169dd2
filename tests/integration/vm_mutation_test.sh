#!/bin/bash
# vm_mutation_test.sh <gantry-vm> <gantry-guest-agent> <directory>: a checkpoint in which anything is not as it
# was saved, or that another machine is to go on from, is refused with a reason that names it. QEMU itself
# would take many of them. The guest's kernel is kept in the directory.
# shellcheck disable=SC2034,SC2154 # the sourced files read some and give others
set -euo pipefail
vm=$1 agent=$2 kernels=$3
# shellcheck source=tests/integration/vm_test.sh
. "$(dirname -- "$0")/vm_test.sh"
# shellcheck source=tests/integration/vm_store_guest.sh
. "$(dirname -- "$0")/vm_store_guest.sh"
begin_vm_test jq python3
make_store_guest
timeout 120 "$vm" build --quiet ready.spec --output ready.checkpoint || fail "ready could not be built"
timeout 60 "$vm" build --quiet final.spec --output final.checkpoint || fail "final could not be built"
sed 's#^store .*#store again#' ready.spec >again.spec
timeout 120 "$vm" build --quiet again.spec --output again.checkpoint || fail "ready could not be built again"
cmp -s ready.checkpoint again.checkpoint || fail "ready has another key in another store"
ready=store/checkpoints/$(cat ready.checkpoint)
final=store/checkpoints/$(cat final.checkpoint)
cp -a store whole

start() {
  timeout 60 "$vm" run final.checkpoint --store store --in-guest -- true
}
start || fail "what is whole is refused"

# refused <what is wrong> <reason>...: nothing goes on from it, verify tells of it, and then it is as before.
# Files keep their times where that is possible: what is noted of them is not all that is looked at.
refused() {
  local what=$1 status=0
  shift
  start >said 2>&1 || status=$?
  [ "$status" = 1 ] || fail "$what: it goes on (exit code $status)"
  for reason in "$@"; do
    grep -qF -- "$reason" said || fail "$what: it does not say '$reason': $(cat said)"
  done
  ! "$vm" verify --store store >said 2>&1 || $foreign || fail "$what: verify finds nothing"
  rm -rf store
  cp -a whole store
  mutations=$((mutations + 1))
}
mutations=0 foreign=false

flip() {
  python3 -c 'import os, sys
with open(sys.argv[1], "r+b") as f:
    f.seek(int(sys.argv[2]) if len(sys.argv) > 2 else os.path.getsize(sys.argv[1]) // 2)
    byte = f.read(1); f.seek(-1, 1); f.write(bytes([byte[0] ^ 1]))' "$@"
}

for file in ram devices disk.qcow2; do
  flip "$final/$file" 70000
  refused "a flipped byte of $file" "$final/$file" 'the checkpoint final is not as it was saved: its digest is'
  truncate -s -4096 "$final/$file"
  refused "a truncated $file" "$final/$file" 'the checkpoint final is not as it was saved: it has'
  rm "$final/$file"
  refused "no $file" "$final/$file" 'No such file or directory'
done
flip "$ready/disk.qcow2" 70000
refused 'a flipped byte of the disk below' "$ready/disk.qcow2" 'the checkpoint ready is not as it was saved: its digest is'
truncate -s 100 "$final/checkpoint.json"
refused 'a truncated description' "its description's digest is"
for at in $(seq 0 197 "$(($(stat -c %s "$final/checkpoint.json") - 1))"); do
  flip "$final/checkpoint.json" "$at"
  refused "a flipped byte of the description, at $at" "its description's digest is"
done
disk=$(jq -r '.guest.disks[0].path' "$final/checkpoint.json")
flip "store/inputs/${disk##*/}"
refused 'a flipped byte of the disk at the bottom' 'what guests boot from is not as it was copied into the store'
rm "store/inputs/${disk##*/}"
refused 'no disk at the bottom' 'was made of it, and it is not there'
mv "$final/ram" "$final/x" && mv "$final/devices" "$final/ram" && mv "$final/x" "$final/devices"
refused 'swapped files' 'is not as it was saved: it has'
cp "$ready/ram" "$final/ram"
refused 'the memory of another checkpoint' "$final/ram" 'its digest is'
mv "$final" swap && mv "$ready" "$final" && mv swap "$ready"
refused 'swapped checkpoints' 'it says that it is'
rm -r "$ready" && cp -a "again/checkpoints/$(cat ready.checkpoint)" "$ready"
refused 'another build of the parent' 'final went on from another build of ready than the one that is there'
rm -r "$ready"
refused 'no parent' "went on from $(cat ready.checkpoint), which is not there"

# edited <jq>: the description of the newest checkpoint is another one.
edited() {
  jq -cj "$1" "$final/checkpoint.json" >edited
  cp edited "$final/checkpoint.json"
}
# saved <jq>: the newest checkpoint was saved so, by another machine.
saved() {
  edited "$1"
  echo "sha256:$(sha256sum edited | cut -d ' ' -f 1)" >"$final/checkpoint.sha256"
}
edited '.hardware.arguments += ["-device", "virtio-balloon-pci"]'
refused 'another device' "its description's digest is"
edited '.guest.memory *= 2'
refused 'more memory' "its description's digest is"
edited 'del(.files[0])'
refused 'a file that is not listed' "its description's digest is"
rm "$final/checkpoint.sha256"
refused 'no digest' checkpoint.sha256

foreign=true
saved '.platform.accelerator = "kvm"'
refused 'another accelerator' kvm
saved '.platform.cpu = "Skylake-Client-v1"'
refused 'another CPU' 'the checkpoint was saved with another CPU: Skylake-Client-v1, and here is'
saved '.platform.machine = "pc-q35-7.0"'
refused 'another type of machine' 'the checkpoint was saved with another type of machine: pc-q35-7.0, and here is'
saved '.platform.qemuVersion = "9.1.0"'
refused 'another version of QEMU' 'the checkpoint was saved with another version of QEMU: 9.1.0, and here is'
start || fail "what is whole again is refused"
echo "$mutations mutations are refused"
