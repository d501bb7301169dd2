# shellcheck shell=bash disable=SC2154
# Sourced: a guest with the agent, which is up in two seconds, for tests of virtual machines. $agent is
# gantry-guest-agent, $kernels where the guests' kernel is kept.

. "$(dirname -- "${BASH_SOURCE[0]}")/guest_kernel.sh"

# module_files <name>...: of the kernel's modules with all that they need, in the order in which they
# are to be loaded. What is there more than once has been loaded before.
module_files() {
  local name file
  for name in "$@"; do
    file=$(find "$guest_modules" -name "${name//_/[-_]}.ko")
    if [ -n "$file" ]; then
      # shellcheck disable=SC2046 # they are words
      module_files $(tr '\0' '\n' <"$file" | sed -n 's/^depends=//p' | tr ',' ' ')
      echo "$file"
    fi
  done
}

# make_busybox_initramfs <file> <script> [<module>...]: busybox, the agent, the virtio modules and
# those that are named. Once all is mounted and the agent runs, the guest runs the script, which is
# text; when that ends, it has a shell on the console. $guest_kernel is its kernel. The agent starts
# $agent_delay seconds late, if that is set.
make_busybox_initramfs() {
  local file=$1 script=$2 root module
  shift 2
  find_guest_kernel "$kernels"
  root=$(mktemp -d)
  mkdir -p "$root"/{bin,dev,etc,lib,proc,root,run,sys,tmp}
  cp "$(command -v busybox)" "$root/bin/busybox"
  cp "$agent" "$root/bin/gantry-guest-agent"
  for module in $(module_files virtio_pci virtio_console virtio_net "$@" | awk '!seen[$0]++'); do
    cp "$module" "$root/lib/"
    echo "insmod /lib/${module##*/}" >>"$root/load"
  done
  printf '%s\n' "$script" >"$root/script"
  echo "${agent_delay:-0}" >"$root/agent-delay"
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
(sleep "$(cat /agent-delay)"; exec gantry-guest-agent) &
. /script
setsid cttyhack sh
poweroff -f
INIT
  chmod +x "$root/init"
  (cd "$root" && find . | sort | busybox cpio -o -H newc 2>/dev/null) |
    gzip -1 >"$file"
  rm -rf "$root"
}
