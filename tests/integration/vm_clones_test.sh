#!/bin/bash
# vm_clones_test.sh <gantry-vm> <gantry-guest-agent> <directory>: sixteen clones of a guest of 128 MiB at
# the same time, each a machine of its own. The guest's kernel is kept in the directory.
# shellcheck disable=SC2034,SC2154 # busybox_guest.sh reads some and gives others
set -euo pipefail
vm=$1 agent=$2 kernels=$3
# shellcheck source=tests/integration/vm_test.sh
. "$(dirname -- "$0")/vm_test.sh"
begin_vm_test curl

make_busybox_initramfs initrd "$serve_www"'
echo nobody >/www/owner
mkdir /mnt
mke2fs -q /dev/vda
mount -t ext4 /dev/vda /mnt
echo the guest is up' virtio_blk ext4
qemu-img create -q -f qcow2 disk.qcow2 64M
write_guest "disk $scratch/disk.qcow2" 'port 80'
write_checkpoint ready "guest $scratch/guest.spec" 'ready console:the guest is up' "step agent:$scratch/setup"
echo 'echo nobody >/mnt/owner; head -c 16 /dev/urandom | md5sum >/tmp/nonce' >setup
timeout 120 "$vm" build ready.spec --output ready.checkpoint >said 2>&1 || fail "$(cat said)"
before=$(sha256sum store/checkpoints/*/*)

# Each writes its number where all write theirs, and waits until all have: then it reads it.
cat >clone.sh <<'END'
number=$1 directory=$2 vm=$3
$vm run ready.checkpoint --store store --in-guest -- sh -c "
  cat /mnt/owner
  echo $number >/mnt/owner
  sync
  hostname
  cat /etc/machine-id /sys/class/net/eth0/address
  head -c 16 /dev/urandom | md5sum
  cat /tmp/nonce
  sleep 2
  cat /mnt/owner" >"$directory/$number" 2>"$directory/$number.errors"
END
mkdir clones
clones=()
for number in $(seq 16); do
  timeout 120 bash clone.sh "$number" clones "$vm" &
  clones+=($!)
done
for number in $(seq 16); do
  wait "${clones[number - 1]}" || fail "clone $number: $(cat "clones/$number.errors")"
  [ "$(wc -l <"clones/$number")" = 7 ] || fail "clone $number said: $(cat "clones/$number")"
  [ "$(head -n 1 "clones/$number")" = nobody ] || fail "clone $number sees the disk of another"
  [ "$(tail -n 1 "clones/$number")" = "$number" ] || fail "clone $number has lost what it wrote"
done
for line in 2:'host name' 3:'machine ID' 4:'MAC address' 5:'random numbers'; do
  different=$(sed -s -n "${line%%:*}p" clones/[0-9] clones/[0-9][0-9] | sort -u | wc -l)
  [ "$different" = 16 ] || fail "16 clones have $different ${line#*:}s"
done
[ "$(sed -s -n 6p clones/[0-9] clones/[0-9][0-9] | sort -u | wc -l)" = 1 ] ||
  fail "a clone has other memory than another"
[ "$(sha256sum store/checkpoints/*/*)" = "$before" ] || fail "a clone has written to the checkpoint"
[ -z "$(ls store/work)" ] || fail "left behind: $(ls store/work)"
