# shellcheck shell=bash disable=SC2034,SC2154
# Sourced by tests of gantry vm whose guest is busybox with the agent: $vm is gantry-vm, $agent is
# gantry-guest-agent, $kernels is where the guests' kernel is kept.

# shellcheck source=tests/integration/expectations.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/expectations.sh"
# shellcheck source=tests/integration/busybox_guest.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/busybox_guest.sh"
# shellcheck source=tests/integration/vm_need.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/vm_need.sh"

# begin_vm_test <program>...: which the test needs besides. From here on it works in $scratch, with a cache of
# its own; in the end that goes, after what the test's function cleanup does, if there is one.
begin_vm_test() {
  need_virtual_machines "$@"
  scratch=$(mktemp -d)
  store=$scratch/store
  trap '! declare -F cleanup >/dev/null || cleanup; rm -rf "$scratch"' EXIT
  cd "$scratch" || exit
  export GANTRY_CACHE_DIR=$scratch/cache
}

# write_guest <line>...: guest.spec, of the kernel and initrd with $guest_memory and those lines.
write_guest() {
  printf '%s\n' 'gantry-guest 1' 'name box' "memory ${guest_memory:-128M}" "kernel $guest_kernel" \
    "initrd $scratch/initrd" 'command-line console=ttyS0 quiet no_timer_check' "$@" >guest.spec
}

# write_checkpoint <name> <line>...: its description, NAME.spec, in $store.
write_checkpoint() {
  printf '%s\n' 'gantry-checkpoint 1' "name $1" "store $store" "${@:2}" >"$1.spec"
}

# What a guest runs that has the address which QEMU's network gives, and serves /www on port 80.
serve_www='ip link set eth0 up
ip addr add 10.0.2.15/24 dev eth0
mkdir /www
httpd -h /www'
