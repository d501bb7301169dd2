# shellcheck shell=bash disable=SC2016,SC2034,SC2154
# Sourced: a Debian with systemd, an SSH server and the agent, as a disk that boots, for tests and
# benchmarks. $gantry_vm is the program. It needs mmdebstrap, root (or what lets mmdebstrap do without)
# and, once, a mirror of Debian.
#
#   make_debian_guest <directory>
#
# keeps everything in the directory, which tests share, and sets
#   $debian_tar   the root file system
#   $debian_disk  the disk; debian.kernel, debian.initrd and debian.command-line are beside it
#   $debian_key   the private key that its root account takes; on the console root is logged in
# debian_guest_lines prints the lines of a guest's description that boot it.

make_debian_guest() {
  debian_tar=$1/debian.rootfs.tar debian_disk=$1/debian.qcow2 debian_key=$1/ssh_key
  command -v mmdebstrap >/dev/null || {
    echo "skipped: mmdebstrap is not installed"
    exit 77
  }
  mkdir -p "$1"
  # It is made by one of them.
  (
    flock 9
    recipe=$(declare -f debian_rootfs | sha256sum)
    [ "$(cat "$1/recipe" 2>/dev/null)" = "$recipe" ] || {
      rm -f "$debian_tar" "$debian_key" "$debian_key.pub"
      ssh-keygen -q -t ed25519 -N '' -C gantry -f "$debian_key"
      debian_rootfs "$1" && echo "$recipe" >"$1/recipe" || exit
    }
    "$gantry_vm" disk "$debian_tar" --agent --initramfs gantry --output "$debian_disk"
  ) 9>"$1/lock" >"$1/log" 2>&1 || {
    echo "skipped: there is no Debian for guests: $(tail -n 20 "$1/log")"
    exit 77
  }
}

debian_guest_lines() {
  echo "disk $debian_disk"
  echo "kernel ${debian_disk%.*}.kernel"
  echo "initrd ${debian_disk%.*}.initrd"
  echo "command-line $(cat "${debian_disk%.*}.command-line")"
}

# debian_rootfs <directory>: without an initrd, which takes longer to make and to boot than the one
# that Gantry makes, and without the services that cost time at boot and do nothing in a guest.
debian_rootfs() {
  local masked
  masked=$(printf '%s ' apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer fstrim.timer \
    e2scrub_all.timer e2scrub_reap.service systemd-tmpfiles-clean.timer systemd-pstore.service \
    systemd-networkd-wait-online.service systemd-update-utmp.service \
    systemd-update-utmp-runlevel.service systemd-journal-flush.service systemd-binfmt.service \
    systemd-modules-load.service getty@tty1.service dev-hugepages.mount dev-mqueue.mount \
    sys-kernel-debug.mount sys-kernel-tracing.mount sys-fs-fuse-connections.mount \
    sys-kernel-config.mount)
  INITRD=No mmdebstrap --variant=minbase --aptopt='APT::Install-Recommends "false"' \
    --include=linux-image-cloud-amd64,systemd,systemd-sysv,udev,dbus,openssh-server,iproute2,kmod \
    --customize-hook='echo root:root | chroot "$1" chpasswd' \
    --customize-hook="mkdir -m 700 \"\$1/root/.ssh\"; cp '$1/ssh_key.pub' \"\$1/root/.ssh/authorized_keys\"" \
    --customize-hook='echo guest >"$1/etc/hostname"; echo "127.0.0.1 localhost guest" >"$1/etc/hosts"
      rm -f "$1/etc/resolv.conf"; echo nameserver 10.0.2.3 >"$1/etc/resolv.conf"
      printf "[Match]\nName=e*\n[Network]\nAddress=10.0.2.15/24\nGateway=10.0.2.2\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n" >"$1/etc/systemd/network/20-user.network"
      mkdir -p "$1/etc/systemd/system/serial-getty@ttyS0.service.d"
      printf "[Service]\nExecStart=\nExecStart=-/sbin/agetty --autologin root --noclear --keep-baud 115200 %%I vt220\n" >"$1/etc/systemd/system/serial-getty@ttyS0.service.d/login.conf"' \
    --customize-hook="chroot \"\$1\" systemctl enable systemd-networkd serial-getty@ttyS0
      chroot \"\$1\" systemctl mask $masked" \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    bookworm "$1/debian.rootfs.tar"
}
