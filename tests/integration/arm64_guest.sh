# shellcheck shell=bash disable=SC2034,SC2154
# Sourced: a guest of arm64, of Debian's kernel for clouds and static busybox. Their packages are
# unpacked only, and found in lists of packages of one's own: this machine's know its architecture alone.

. "$(dirname -- "${BASH_SOURCE[0]}")/busybox_guest.sh"

# find_arm64_guest <directory>: $guest_kernel, $guest_modules and $guest_busybox, which are kept in the
# directory, which tests share.
find_arm64_guest() {
  mkdir -p "$1"
  (
    flock 9
    [ -e "$1/unpacked" ] || fetch_arm64_guest "$1"
  ) 9>"$1/lock" >"$1/log" 2>&1 || {
    echo "skipped: there is no kernel for guests of arm64: $(cat "$1/log")"
    exit 77
  }
  guest_kernel=$(echo "$1"/unpacked/boot/vmlinuz-*)
  guest_modules=$(echo "$1"/unpacked/lib/modules/*)
  guest_busybox=$1/unpacked/bin/busybox
}

fetch_arm64_guest() (
  cd "$1" && rm -rf download && mkdir -p download/{lists,archives}/partial && cd download || exit
  own=(-q -o "Dir::State::lists=$PWD/lists" -o "Dir::Cache=$PWD" -o "APT::Sandbox::User=$(id -un)"
    -o Acquire::Languages=none -o APT::Architecture=arm64 -o APT::Architectures::=arm64)
  apt-get "${own[@]}" update || exit
  kernel=$(apt-cache "${own[@]}" depends linux-image-cloud-arm64 |
    sed -n 's/^ *Depends: \(linux-image-[0-9].*\)$/\1/p' | head -n 1)
  [ -n "$kernel" ] && apt-get "${own[@]}" download "$kernel" busybox-static || exit
  for package in *.deb; do
    dpkg -x "$package" unpacked || exit
  done
  mv unpacked .. && rm -rf ../download
)

# make_arm64_initramfs <file> <script> [<module>...]: busybox, and the modules of virtio and those that
# are named. The guest runs the script, which is text, and then has a shell on the console.
make_arm64_initramfs() {
  local file=$1 script=$2 root module
  shift 2
  root=$(mktemp -d)
  mkdir -p "$root"/{bin,dev,lib,proc,sys,tmp}
  cp "$guest_busybox" "$root/bin/busybox"
  for module in $(module_files virtio_pci virtio_net "$@" | awk '!seen[$0]++'); do
    cp "$module" "$root/lib/"
    echo "insmod /lib/${module##*/}" >>"$root/load"
  done
  printf '%s\n' "$script" >"$root/script"
  cat >"$root/init" <<'INIT'
#!/bin/busybox sh
export PATH=/bin
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
. /load
. /script
setsid cttyhack sh
poweroff -f
INIT
  chmod +x "$root/init"
  (cd "$root" && find . | sort | busybox cpio -o -H newc 2>/dev/null) | gzip -1 >"$file"
  rm -rf "$root"
}
