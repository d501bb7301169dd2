#!/bin/bash
# checkpoint.sh GANTRY_VM AGENT RESUME [PART...]: what checkpoints of a Debian guest promise, with the
# peers in the same run: its cold boot by QEMU alone, and libvirt's snapshot-revert of the same
# machine, in the same state (booted, at rest, with a shell that has answered), in turns, each twice,
# of which the second counts. Medians; a bar follows each figure. GANTRY_VM and RESUME
# (gantry_vm_resume) are of an optimised build, AGENT is gantry-guest-agent. The guest is made below
# GANTRY_BENCH_DIR (default: /var/tmp/gantry-bench), which needs root, mmdebstrap, 3 GB, and some
# minutes. PARTs: boot resume revert used clones; all without.
set -euo pipefail
vm=$1 agent=$2 resume=$3
shift 3
here=$(cd "$(dirname -- "$0")" && pwd)
work=${GANTRY_BENCH_DIR:-/var/tmp/gantry-bench}/vm
for program in qemu-system-x86_64 qemu-img virsh python3; do
  command -v "$program" >/dev/null || {
    echo "checkpoint.sh: $program is not installed" >&2
    exit 1
  }
done
"$here/debian_guest.sh" "$work" "$agent"
cd "$work"

# describe <name> <line>...: a checkpoint.
describe() {
  local name=$1
  shift
  printf '%s\n' 'gantry-checkpoint 1' "name $name" "store $work/store" 'timeout 600' "$@" >"$name.spec"
}
printf '%s\n' 'gantry-guest 1' 'name debian' 'memory 512M' "disk $work/debian.qcow2" 'port 22' >debian.guest
cat >up <<'END'
until systemctl is-active --quiet ssh; do sleep 1; done
systemctl is-system-running --wait || true
sleep 10
END
cat >answers <<'END'
send echo a$((20+3))b
expect a23b
END
describe ready "guest $work/debian.guest" "ready console:root@guest:~#" "step agent:$work/up" \
  "step console:$work/answers"

# What of its memory is in use is a matter of the smallest guest: ten times as much is filled.
kernels=$work/kernels
# shellcheck source=tests/integration/busybox_guest.sh
. "$here/../../integration/busybox_guest.sh"
find_guest_kernel "$kernels"
[ -e initrd ] || make_busybox_initramfs initrd 'echo up'
# shellcheck disable=SC2154 # find_guest_kernel gives guest_kernel
printf '%s\n' 'gantry-guest 1' 'name box' 'memory 1G' "kernel $guest_kernel" "initrd $work/initrd" \
  'command-line console=ttyS0 quiet no_timer_check' >box.guest
cat >fill <<'END'
mkdir /fill
mount -t tmpfs -o size=95% tmpfs /fill
used=$(free -m | awk '/^Mem/ { print $3 + $5 }')
while [ "$(du -sm /fill | cut -f 1)" -lt "$((10 * used))" ]; do cat /bin/busybox >>/fill/file; done
END
echo true >true
describe small "guest $work/box.guest" "ready console:^up" "step agent:$work/true"
describe large "parent $work/small.checkpoint" "step agent:$work/fill"
for name in ready small large; do
  "$vm" build "$name.spec" --output "$name.checkpoint" >said 2>progress || {
    cat progress
    exit 1
  }
  cat said
  if [ ! -s "$name.used" ]; then
    # What is on tmpfs is "shared" there.
    "$vm" run "$name.checkpoint" --store store --in-guest -- free -m |
      awk '/^Mem/ { print $3 + $5 }' >"$name.used"
  fi
  pause=$(sed -n 's/.*stood still for \([0-9]*\) ms.*/\1/p' said)
  [ "$name" != ready ] || [ -z "$pause" ] || echo "{\"pause\": $pause}" >results.json
done
exec python3 -B "$here/checkpoint.py" "$work" "$vm" "$resume" "$@"
