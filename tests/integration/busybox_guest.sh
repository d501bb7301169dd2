# shellcheck shell=bash disable=SC2154
# Sourced: a guest that is up in two seconds, for tests of virtual machines. $agent is
# gantry-guest-agent.

# guest_kernel: the path of Debian's kernel for clouds; a test without it is skipped.
guest_kernel() {
  local kernels=(/boot/vmlinuz-*-cloud-amd64)
  [ -r "${kernels[-1]}" ] || {
    echo "skipped: linux-image-cloud-amd64 is not installed" >&2
    return 77
  }
  echo "${kernels[-1]}"
}

# guest_modules <directory> <name>...: with all that they need, in the order in which they are to be
# loaded.
guest_modules() {
  local directory=$1
  shift
  awk -v wanted="$*" '
    { sub(":", "", $1); all[$1] = $0; name = $1; sub(".*/", "", name); sub("[.]ko.*", "", name); path[name] = $1 }
    function load(module,  words, count, i) {
      if (module in loaded) return
      loaded[module] = 1
      count = split(all[module], words, " ")
      for (i = 2; i <= count; i++) load(words[i])
      print module
    }
    END {
      count = split(wanted, names, " ")
      for (i = 1; i <= count; i++) if (names[i] in path) load(path[names[i]])
    }' "$directory/modules.dep"
}

# make_busybox_initramfs <file> <script> [<module>...]: busybox, the agent, the virtio modules and
# those that are named. Once all is mounted and the agent runs, the guest runs the script, which is
# text; when that ends, it has a shell on the console.
make_busybox_initramfs() {
  local file=$1 script=$2 root kernel modules
  shift 2
  kernel=$(guest_kernel) || return
  modules=/lib/modules/${kernel#/boot/vmlinuz-}
  root=$(mktemp -d)
  mkdir -p "$root"/{bin,dev,etc,lib,proc,root,run,sys,tmp}
  cp "$(command -v busybox)" "$root/bin/busybox"
  cp "$agent" "$root/bin/gantry-guest-agent"
  while read -r module; do
    cp "$modules/$module" "$root/lib/"
    echo "/bin/busybox insmod /lib/${module##*/}"
  done < <(guest_modules "$modules" virtio_pci virtio_console virtio_net "$@") >"$root/load"
  printf '%s\n' "$script" >"$root/script"
  printf 'busybox\n' >"$root/etc/hostname"
  cat >"$root/init" <<'INIT'
#!/bin/busybox sh
export PATH=/bin HOME=/root
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mount -t tmpfs tmpfs /tmp
hostname -F /etc/hostname
. /load
gantry-guest-agent &
. /script
setsid cttyhack sh
poweroff -f
INIT
  chmod +x "$root/init"
  (cd "$root" && find . | sort | busybox cpio -o -H newc 2>/dev/null) |
    gzip -1 >"$file"
  rm -rf "$root"
}
