#!/bin/bash
# vm_device_test.sh <gantry-vm> <gantry-guest-agent> <gantry-ssd> <directory>: a guest with a simulated
# SSD as a disk: its data and how it is worn go on with each stage, and each clone has a drive of its
# own. The guest's kernel is kept in the directory.
# shellcheck disable=SC2016,SC2034,SC2154 # the guest's shell expands; busybox_guest.sh reads some and gives others
set -euo pipefail
vm=$1 agent=$2 kernels=$4
export GANTRY_SSD=$3
# shellcheck source=tests/integration/vm_test.sh
. "$(dirname -- "$0")/vm_test.sh"
# shellcheck source=tests/integration/vm_elsewhere.sh
. "$(dirname -- "$0")/vm_elsewhere.sh"
begin_vm_test nbdkit docker-registry curl python3

make_busybox_initramfs initrd 'echo the guest is up' virtio_blk
qemu-img create -q -f qcow2 disk.qcow2 8M
cat >small.json <<'END'
{
  "name": "small",
  "geometry": {"channels": 2, "chips_per_channel": 2, "blocks_per_plane": 72, "pages_per_block": 64},
  "capacity": "64MiB",
  "nand": {"read": ["5us"], "program": ["20us"], "erase": "50us"},
  "write_buffer": {"size": "256KiB"}
}
END
write_guest "disk $scratch/disk.qcow2" "device $scratch/small.json"
cat >first.sh <<'END'
[ "$(cat /sys/block/vdb/size)" = 131072 ]
[ "$(cat /sys/block/vdb/queue/discard_max_bytes)" -gt 0 ]
for round in 1 2 3; do dd if=/dev/urandom of=/dev/vdb bs=1M count=30 conv=fsync; done
echo of the first stage | dd of=/dev/vdb conv=fsync
echo of the disk | dd of=/dev/vda conv=fsync
END
cat >second.sh <<'END'
[ "$(head -n 1 /dev/vdb)" = 'of the first stage' ]
[ "$(head -n 1 /dev/vda)" = 'of the disk' ]
dd if=/dev/urandom of=/dev/vdb bs=1M count=30 conv=fsync
echo of the second stage | dd of=/dev/vdb conv=fsync
md5sum </dev/vdb >/tmp/sum
END
cat >third.sh <<'END'
[ "$(head -n 1 /dev/vdb)" = 'of the second stage' ]
echo 3 >/proc/sys/vm/drop_caches
md5sum </dev/vdb | cmp - /tmp/sum
echo of a clone | dd of=/dev/vdb conv=fsync
END
{
  echo "gantry-checkpoint 1
name first
guest $scratch/guest.spec
store $scratch/store
ready console:the guest is up
step agent:$scratch/first.sh"
} >first.spec
{
  echo "gantry-checkpoint 1
name second
parent $scratch/first.checkpoint
store $scratch/store
step agent:$scratch/second.sh"
} >second.spec
for stage in first second; do
  timeout 120 "$vm" build $stage.spec --output $stage.checkpoint >said 2>&1 || fail "$(cat said)"
done
for clone in 1 2; do
  timeout 60 "$vm" run second.checkpoint --store store --in-guest -- sh -exc "$(cat third.sh)" >said 2>&1 ||
    fail "clone $clone has another drive: $(cat said)"
done
bring_elsewhere second.checkpoint store elsewhere || fail 'it did not come to another machine'
timeout 60 "$vm" run elsewhere/pulled.checkpoint --store elsewhere/store --in-guest -- sh -exc "$(cat third.sh)" >said 2>&1 ||
  fail "another machine has another drive: $(cat said)"

# What was written has worn it, more in each stage.
written() {
  "$GANTRY_SSD" state show "store/checkpoints/$(cat "$1.checkpoint")/drive0.state" |
    sed -n 's/^written *\([0-9]*\) pages by the host.*/\1/p'
}
first=$(written first) second=$(written second)
# 30 MiB are 7680 pages of 4 KiB.
((first >= 3 * 7680 && second >= first + 7680)) || fail "written are $first and $second pages"
! pgrep -f "$scratch" >/dev/null || fail "left behind: $(pgrep -af "$scratch")"

# A description that is none is quoted.
echo '{"name": "small"' >small.json
fails 'starting a simulated drive' timeout 60 "$vm" build first.spec --output failed.checkpoint
