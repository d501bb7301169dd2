#!/bin/bash
# nbd_guest_test.sh <gantry-ssd> <directory>: the drive is the disk of a guest, by a stock QEMU and a
# stock kernel, which makes a file system on it, and then starts from it. The guest's kernel is kept in
# the directory.
set -euo pipefail
ssd=$1
kernels=$2
. "$(dirname -- "$0")/expectations.sh"
. "$(dirname -- "$0")/guest.sh"
. "$(dirname -- "$0")/nbd_drive.sh"
for program in mkfs.ext4 e2fsck debugfs qemu-img; do
  command -v "$program" >/dev/null || {
    echo "skipped: $program is not installed"
    exit 77
  }
done
make_initramfs mkfs.ext4

# As docs/simulator.md has it.
drive=driver=nbd,node-name=drive,server.type=unix,server.path=drive.sock,discard=unmap,cache.direct=on
disk=(-blockdev "$drive" -device "virtio-blk-pci,drive=drive")

# said <name>: a value that the guest has printed.
said() {
  sed -n "s/^$1 \\([^\\r]*\\)\\r*\$/\\1/p" console.log
}

# sums <directory>: the sum of the sums of all files in it. Guests know it, too.
sums() (
  cd "$1" && find . -type f | sort | xargs sha256sum | sha256sum | cut -d ' ' -f 1
)

# A guest that uses the drive for the first time: files come, some go, what is left is told to the
# drive, and is there when the file system is mounted again.
kept=(--device small.json --data-file drive.data --save-state drive.state)
serve "${kept[@]}" --report report.json --capture drive.trace
run_task "${disk[@]}" <<GUEST
$(declare -f sums)
mkfs.ext4 -q /dev/vda
mount /dev/vda /mnt
mkdir -p /mnt/a /mnt/b/c
for file in \$(seq 40); do dd if=/dev/urandom of=/mnt/b/c/\$file bs=3137 count=\$file 2>/dev/null; done
for round in 1 2 3; do
  dd if=/dev/urandom of=/mnt/a/large bs=1M count=15 conv=fsync 2>/dev/null
  dd if=/dev/urandom of=/mnt/a/gone bs=1M count=15 2>/dev/null
  sync
  rm /mnt/a/gone
  fstrim /mnt
done
before=\$(sums /mnt)
umount /mnt
echo 3 >/proc/sys/vm/drop_caches
mount -o ro /dev/vda /mnt
after=\$(sums /mnt)
umount /mnt
[ "\$before" = "\$after" ]
echo "sum \$after"
echo "discard \$(cat /sys/block/vda/queue/discard_max_bytes)"
GUEST
sum=$(said sum)
[ "${#sum}" = 64 ] || fail "the guest's sum is '$sum': $(cat console.log)"
[ "$(said discard)" -gt 0 ] || fail "the guest could not trim: $(cat console.log)"

# The file system is clean, seen from here, and has the guest's files.
nbdcopy "$uri" by_nbdcopy
qemu-img convert -f raw -O raw "$uri" by_qemu
cmp by_nbdcopy by_qemu || fail "nbdcopy and qemu-img read different drives"
e2fsck -fn by_qemu >e2fsck.log 2>&1 || fail "e2fsck: $(cat e2fsck.log)"
mkdir rescued
debugfs -R 'rdump / rescued' by_qemu >/dev/null 2>debugfs.log || fail "debugfs: $(cat debugfs.log)"
[ "$(sums rescued)" = "$sum" ] || fail "files have changed: $(find rescued -type f | sort)"
end_server TERM
[ "$(of_report report.json '[r["traffic"][kind] > 0 for kind in ("trims", "flushes")] + [
  r["traffic"]["written_bytes"] > 90e6, r["delivery"]["delivered"] == r["report"]["generated"]]')" = \
  '[True, True, True, True]' ] || fail "report: $(cat report.json)"

# What the guest asked for can be asked of another drive.
requests=$(of_report report.json 'r["report"]["generated"]')
"$ssd" replay drive.trace --device small.json --json >replay.json
[ "$(of_report replay.json 'r["report"]["serviced"]')" = "$requests" ] || fail "replay: $(cat replay.json)"

# The drive goes on from its state, for another guest, whose power fails in the middle of its work. What
# it had synced is there for the next one, and the file system recovers.
serve "${kept[@]}" --state drive.state
start_task "${disk[@]}" <<GUEST
$(declare -f sums)
mount /dev/vda /mnt
echo "sum \$(sums /mnt)"
dd if=/dev/urandom of=/mnt/synced bs=1M count=5 2>/dev/null
sync
echo "synced \$(sha256sum </mnt/synced)"
while dd if=/dev/urandom of=/mnt/lost bs=64k count=100 2>/dev/null; do
  sync
  echo again
done
GUEST
await_guest again
cut_guest
[ "$(said sum)" = "$sum" ] || fail "after a restart the sum is not $sum: $(cat console.log)"
synced=$(said synced)
run_task "${disk[@]}" <<GUEST
$(declare -f sums)
mount /dev/vda /mnt
echo "synced \$(sha256sum </mnt/synced)"
rm -f /mnt/synced /mnt/lost
echo "sum \$(sums /mnt)"
umount /mnt
GUEST
[ "$(said synced)" = "$synced" ] || fail "what was synced has gone: $synced, $(cat console.log)"
[ "$(said sum)" = "$sum" ] || fail "after a power failure the sum is not $sum: $(cat console.log)"
nbdcopy "$uri" after_failure
e2fsck -fn after_failure >e2fsck.log 2>&1 || fail "e2fsck: $(cat e2fsck.log)"

# A guest starts from the drive: by the initramfs on a disk of virtio, and then without one on a disk of
# NVMe, which the kernel knows itself.
mkdir -p root/{bin,dev,proc,sbin,sys}
add_programs root busybox
cat >root/sbin/init <<'INIT'
#!/bin/busybox sh
/bin/busybox mount -t devtmpfs dev /dev
exec >/dev/console 2>&1
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -o remount,rw /
/bin/busybox echo "root $(/bin/busybox sed -n 's/ \/ ext4.*//p' /proc/mounts)"
/bin/busybox echo started >>/starts
/bin/busybox sync
/bin/busybox echo "starts $(/bin/busybox wc -l </starts)"
/bin/busybox mount -o remount,ro /
/bin/busybox echo 'guest: passed'
/bin/busybox poweroff -f
INIT
chmod +x root/sbin/init
truncate -s 64M image
mkfs.ext4 -q -d root image
qemu-img convert -n -f raw -O raw image "$uri"
start_guest "${disk[@]}" -initrd guest.initramfs -append "$guest_options root=/dev/vda"
end_guest
[ "$(said root) $(said starts)" = '/dev/vda 1' ] || fail "the root is not the drive: $(cat console.log)"
start_guest -blockdev "$drive" -device nvme,drive=drive,serial=simulated \
  -append "$guest_options root=/dev/nvme0n1"
end_guest
[ "$(said root) $(said starts)" = '/dev/root 2' ] || fail "the root is not the drive: $(cat console.log)"
end_server TERM
