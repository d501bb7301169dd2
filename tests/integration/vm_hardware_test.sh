#!/bin/bash
# vm_hardware_test.sh <gantry-vm> <gantry-guest-agent> <directory>: what guests have besides memory, a
# disk and a network card is there when they are booted, when they go on from a checkpoint, and in
# clones. The guest's kernel is kept in the directory.
# shellcheck disable=SC2016,SC2034,SC2119,SC2154 # the guest's shell expands; busybox_guest.sh reads some and gives others
set -euo pipefail
vm=$1 agent=$2 kernels=$3
# shellcheck source=tests/integration/vm_test.sh
. "$(dirname -- "$0")/vm_test.sh"
begin_vm_test

make_busybox_initramfs initrd 'echo the guest is up' virtio_blk virtio_scsi sr_mod
qemu-img create -q -f qcow2 one.qcow2 8M
truncate -s 8M two.raw
for disc in 1 2; do
  seq "$disc" 7000 | head -c 20480 >disc$disc.iso || true
done
write_guest "disk $scratch/one.qcow2" "disk $scratch/two.raw" "cdrom $scratch/disc1.iso" \
  "cdrom $scratch/disc2.iso" 'display vga'
# first.sh runs in the guest that is booted, second.sh in one that goes on from there, third.sh in
# clones of that.
cat >first.sh <<'END'
grep -l 0x030000 /sys/bus/pci/devices/*/class >/tmp/screen
echo first on one | dd of=/dev/vda conv=fsync
echo first on two | dd of=/dev/vdb conv=fsync
END
cat >second.sh <<'END'
grep 0x030000 "$(cat /tmp/screen)"
[ "$(head -n 1 /dev/vda)" = 'first on one' ]
[ "$(head -n 1 /dev/vdb)" = 'first on two' ]
echo second on two | dd of=/dev/vdb seek=1 conv=fsync
END
cat >third.sh <<'END'
grep 0x030000 "$(cat /tmp/screen)"
[ "$(head -n 1 /dev/vda)" = 'first on one' ]
[ "$(head -n 1 /dev/vdb)" = 'first on two' ]
[ "$(dd if=/dev/vdb skip=1 2>/dev/null | head -n 1)" = 'second on two' ]
echo nothing is kept | tee /dev/vda >/dev/vdb
for disc in 1 2; do
  [ "$(seq "$disc" 7000 | head -c 20480 | md5sum)" = "$(md5sum </dev/sr$((disc - 1)))" ]
done
! true 2>/dev/null >/dev/sr0
END
write_checkpoint first "guest $scratch/guest.spec" 'ready console:the guest is up' \
  "step agent:$scratch/first.sh"
write_checkpoint second "parent $scratch/first.checkpoint" "step agent:$scratch/second.sh"

timeout 120 "$vm" build first.spec --output first.checkpoint >said 2>&1 || fail "$(cat said)"
timeout 60 "$vm" build second.spec --output second.checkpoint >said 2>&1 || fail "$(cat said)"
for clone in 1 2; do
  timeout 60 "$vm" run second.checkpoint --store store --in-guest -- sh -exc "$(cat third.sh)" >said 2>&1 ||
    fail "clone $clone has other hardware: $(cat said)"
done
directory=store/checkpoints/$(cat second.checkpoint)
[ "$(cd "$directory" && echo disk*)" = 'disk.qcow2 disk1.qcow2' ] || fail "saved is: $(ls "$directory")"
