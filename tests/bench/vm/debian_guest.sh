#!/bin/bash
# debian_guest.sh <directory> <gantry-guest-agent>: <directory>/debian.qcow2, a Debian of 2 GiB with
# systemd, an SSH server and the agent, which GRUB boots and which logs root in on its serial console.
# Needs root, mmdebstrap and the network, two minutes, and 1.5 GB there. What is there is kept.
set -euo pipefail
directory=$1 agent=$2
for program in mmdebstrap mke2fs qemu-img python3; do
  command -v "$program" >/dev/null || {
    echo "debian_guest.sh: $program is not installed" >&2
    exit 1
  }
done
mkdir -p "$directory"
[ ! -e "$directory/debian.qcow2" ] || exit 0
scratch=$(mktemp -d "$directory/making.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
root=$scratch/root image=$scratch/disk.raw
mebibytes=2048

# shellcheck disable=SC2016 # mmdebstrap gives the hook its $1
[ -e "$directory/debian.tar" ] || {
  mmdebstrap --quiet --variant=minbase \
    --include=linux-image-cloud-amd64,systemd-sysv,udev,dbus,openssh-server,iproute2,kmod,grub-pc-bin,grub2-common,initramfs-tools \
    --customize-hook='rm -rf "$1"/var/cache/apt/* "$1"/var/lib/apt/lists/*' \
    bookworm "$scratch/debian.tar"
  mv "$scratch/debian.tar" "$directory/debian.tar"
}
mkdir "$root"
tar -C "$root" --exclude='./dev/*' -xf "$directory/debian.tar"
chroot "$root" chpasswd <<<root:root
echo guest >"$root/etc/hostname"
echo 'LABEL=root / ext4 defaults 0 1' >"$root/etc/fstab"
printf '[Match]\nName=en* eth*\n[Network]\nDHCP=yes\n' >"$root/etc/systemd/network/20-all.network"
getty=$root/etc/systemd/system/serial-getty@ttyS0.service.d
mkdir -p "$getty"
printf '[Service]\nExecStart=\nExecStart=-/sbin/agetty --autologin root --noclear --keep-baud 115200 %%I vt220\n' \
  >"$getty/login.conf"
cp "$agent" "$root/usr/local/bin/gantry-guest-agent"
cp "$(dirname -- "$0")/../../../tools/vm/agent/gantry-guest-agent.service" "$root/etc/systemd/system/"
sed -i 's|^ExecStart=[^ ]*|ExecStart=/usr/local/bin/gantry-guest-agent|' \
  "$root/etc/systemd/system/gantry-guest-agent.service"
chroot "$root" systemctl --quiet enable systemd-networkd serial-getty@ttyS0 gantry-guest-agent

# GRUB is put where its installer would, without a loop device: boot.img is the first sector, core.img
# follows it.
kernel=$(cd "$root/boot" && echo vmlinuz-*) initrd=$(cd "$root/boot" && echo initrd.img-*)
mkdir -p "$root/boot/grub"
cp -r "$root/usr/lib/grub/i386-pc" "$root/boot/grub/"
cat >"$root/boot/grub/grub.cfg" <<END
set timeout=0
search --no-floppy --label root --set=root
linux /boot/$kernel root=LABEL=root ro console=ttyS0 quiet net.ifnames=0 no_timer_check
initrd /boot/$initrd
boot
END
chroot "$root" grub-mkimage -O i386-pc -o /tmp/core.img -p '(hd0,msdos1)/boot/grub' \
  biosdisk part_msdos ext2 normal linux search search_label configfile
mv "$root/tmp/core.img" "$scratch/core.img"
cp "$root/usr/lib/grub/i386-pc/boot.img" "$scratch/boot.img"
truncate -s "${mebibytes}M" "$image"
mke2fs -q -t ext4 -L root -E offset=1048576,lazy_itable_init=0,lazy_journal_init=0 -d "$root" \
  "$image" "$((mebibytes - 2))M"
python3 - "$scratch/boot.img" "$scratch/core.img" "$image" <<'END'
import struct, sys
boot, core = (bytearray(open(name, "rb").read()) for name in sys.argv[1:3])
with open(sys.argv[3], "r+b") as disk:
    # One partition: bootable, of type 83 (Linux), from the second mebibyte to the end.
    size = disk.seek(0, 2) // 512 - 2048
    boot[0x1BE:0x200] = struct.pack("<B3sB3sII48sH", 0x80, b"", 0x83, b"", 2048, size, b"", 0xAA55)
    boot[0x5C:0x64] = struct.pack("<Q", 1)  # the sector of core.img
    boot[0x66:0x68] = b"\x90\x90"  # not: take the BIOS's number of the drive for wrong
    sectors = (len(core) + 511) // 512
    assert sectors < 2047
    core[0x1F4:0x1FE] = struct.pack("<QH", 2, sectors - 1)
    disk.seek(0)
    disk.write(boot)
    disk.seek(512)
    disk.write(core)
END
qemu-img convert -O qcow2 "$image" "$scratch/debian.qcow2"
mv "$scratch/debian.qcow2" "$directory/debian.qcow2"
