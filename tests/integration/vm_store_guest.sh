# shellcheck shell=bash disable=SC2016,SC2034,SC2154
# Sourced after busybox_guest.sh: a guest with a disk, a port and the agent, and two checkpoints of it, for
# tests of the store. What only memory has tells a restore from a reboot.

# make_store_guest: guest.spec, ready.spec and final.spec in $scratch, which is the current directory.
make_store_guest() {
  make_busybox_initramfs initrd 'ip link set eth0 up
ip addr add 10.0.2.15/24 dev eth0
mkdir /www /mnt
echo page >/www/index.html
httpd -h /www
mke2fs -q /dev/vda
mount -t ext2 /dev/vda /mnt
head -c 16 /dev/urandom | md5sum >/tmp/nonce
(i=0; while :; do i=$((i + 1)); echo $i >/tmp/counter.new; mv /tmp/counter.new /tmp/counter; sleep 0.05; done) &
echo the guest is up' virtio_blk ext4
  qemu-img create -q -f qcow2 disk.qcow2 64M
  cat >guest.spec <<END
gantry-guest 1
name box
memory ${guest_memory:-128M}
kernel $guest_kernel
initrd $scratch/initrd
command-line console=ttyS0 quiet no_timer_check
disk $scratch/disk.qcow2
port 80
END
  cat >ready.spec <<END
gantry-checkpoint 1
name ready
guest $scratch/guest.spec
store $scratch/store
ready console:the guest is up
END
  cat >final.spec <<END
gantry-checkpoint 1
name final
parent $scratch/ready.checkpoint
store $scratch/store
step agent:$scratch/more.sh
END
  echo 'echo second >>/mnt/file; sync' >more.sh
}
