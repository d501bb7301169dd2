# shellcheck shell=bash disable=SC2154
# Sourced: guests of QEMU, as any machine can run them: without the hardware's help. Files come
# into the present directory; $kernels is where the guests' kernel is kept.

. "$(dirname -- "${BASH_SOURCE[0]}")/guest_kernel.sh"

PATH=$PATH:/usr/sbin:/sbin
for program in qemu-system-x86_64 busybox cpio flock; do
  command -v "$program" >/dev/null || {
    echo "skipped: $program is not installed"
    exit 77
  }
done
[ "$(uname -m)" = x86_64 ] || {
  echo "skipped: the guests' programs are those of this machine, which is not an x86_64"
  exit 77
}

# add_programs <root> <program>...: with the libraries that they need.
add_programs() {
  local root=$1 program library
  shift
  for program in "$@"; do
    program=$(command -v "$program")
    install -D "$program" "$root/bin/${program##*/}"
    for library in $(ldd "$program" 2>/dev/null | grep -o '/[^ ]*' || true); do
      install -D "$library" "$root$library"
    done
  done
}

# archive <root>: for the kernel.
archive() (
  cd "$1" && find . -print0 | sort -z | cpio --null --create --format=newc --quiet --owner=0:0
)

# What every guest's kernel is told: a panic ends QEMU, too, and a timer that ticks late on a busy machine
# is no reason for one.
guest_options='console=ttyS0 quiet panic=-1 no_timer_check'

# make_initramfs <program>...: guest.initramfs, which knows disks of virtio, and has these programs and
# busybox. It goes on with the root that the kernel was told of, or else runs /guest, which another
# archive adds to it.
make_initramfs() {
  local module
  find_guest_kernel "$kernels"
  mkdir -p initramfs/{bin,dev,mnt,modules,proc,sys,tmp}
  add_programs initramfs busybox "$@"
  for module in virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_blk; do
    find "$guest_modules" -name "$module.ko" -exec cp {} initramfs/modules/ \;
  done
  cat >initramfs/init <<'INIT'
#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
for module in virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_blk; do
  insmod /modules/$module.ko
done
case $(cat /proc/cmdline) in
  *root=*) mount -o ro "$(sed 's/.*root=\([^ ]*\).*/\1/' /proc/cmdline)" /mnt && exec switch_root /mnt /sbin/init ;;
esac
if sh -eu /guest; then echo 'guest: passed'; else echo 'guest: failed'; fi
poweroff -f
INIT
  chmod +x initramfs/init
  archive initramfs >guest.initramfs
}

# What a guest does takes seconds; so long it may take on a machine that is busy.
guest_seconds=100

# start_guest <option of QEMU>...: $guest is its process, console.log what it says.
start_guest() {
  : >console.log
  qemu-system-x86_64 -accel tcg -m 256 -nodefaults -no-user-config -display none -no-reboot \
    -serial file:console.log -kernel "$guest_kernel" "$@" >qemu.log 2>&1 </dev/null &
  guest=$!
}

# await_guest <text>: until the guest has said it, at the begin of a line.
await_guest() {
  local end=$((SECONDS + guest_seconds))
  until grep -q "^$1" console.log; do
    if ! kill -0 "$guest" || [ "$SECONDS" -gt "$end" ]; then
      fail "the guest did not say '$1': $(cat qemu.log console.log)"
    fi
    sleep 0.05
  done
}

# cut_guest: its power fails.
cut_guest() {
  kill -9 "$guest"
  wait "$guest" 2>/dev/null || true
  guest=
}

# end_guest: it has passed, and has switched itself off.
end_guest() {
  local status=0
  timeout "$guest_seconds" tail --pid="$guest" --sleep-interval=0.05 --follow /dev/null || kill -9 "$guest"
  wait "$guest" || status=$?
  guest=
  if [ "$status" -ne 0 ] || ! grep -q '^guest: passed' console.log; then
    fail "QEMU ended with $status: $(cat qemu.log)
the guest's console: $(tr -d '\r' <console.log)"
  fi
}

# start_task <option of QEMU>...: a guest runs the script of standard input, after the initramfs has been
# made.
start_task() {
  mkdir -p task
  cat >task/guest
  archive task | cat guest.initramfs - >task.initramfs
  start_guest -initrd task.initramfs -append "$guest_options" "$@"
}

# run_task <option of QEMU>...: the same to its end.
run_task() {
  start_task "$@"
  end_guest
}
