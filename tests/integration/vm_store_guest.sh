# shellcheck shell=bash disable=SC2016,SC2034,SC2154
# Sourced after busybox_guest.sh: a guest with a disk, a port and the agent, and two checkpoints of it, for
# tests of the store. What only memory has tells a restore from a reboot.

# make_store_guest: guest.spec, ready.spec and final.spec in $scratch, which is the current directory.
make_store_guest() {
  make_busybox_initramfs initrd "$serve_www"'
echo page >/www/index.html
mkdir /mnt
mke2fs -q /dev/vda
mount -t ext2 /dev/vda /mnt
head -c 16 /dev/urandom | md5sum >/tmp/nonce
(i=0; while :; do i=$((i + 1)); echo $i >/tmp/counter.new; mv /tmp/counter.new /tmp/counter; sleep 0.05; done) &
echo the guest is up' virtio_blk ext4
  qemu-img create -q -f qcow2 disk.qcow2 64M
  write_guest "disk $scratch/disk.qcow2" 'port 80'
  write_checkpoint ready "guest $scratch/guest.spec" 'ready console:the guest is up'
  write_checkpoint final "parent $scratch/ready.checkpoint" "step agent:$scratch/more.sh"
  echo 'echo second >>/mnt/file; sync' >more.sh
}
