# shellcheck shell=bash
# Sourced: what tests of checkpoints need, or they are skipped.

# need_virtual_machines <program>...: those, QEMU, busybox and libvirt's driver.
need_virtual_machines() {
  local program library
  for program in qemu-system-x86_64 qemu-img busybox "$@"; do
    command -v "$program" >/dev/null || {
      echo "skipped: $program is not installed"
      exit 77
    }
  done
  library=$(ldconfig -p | awk '/libvirt[.]so[.]0 / && !found { print $NF; found = 1 }')
  [ -e "${library%/*}/libvirt/connection-driver/libvirt_driver_qemu.so" ] || {
    echo "skipped: libvirt's driver of QEMU is not installed"
    exit 77
  }
}
