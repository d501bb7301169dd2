#!/bin/bash
# vm_arm64_test.sh <gantry-vm> <directory>: a guest of arm64 is booted, goes on in a second stage and in
# clones, which are reached by their ports. Its kernel is kept in the directory.
# shellcheck disable=SC2016,SC2154 # shells in guests expand; arm64_guest.sh gives some
set -euo pipefail
vm=$1 kernels=$2
# shellcheck source=tests/integration/expectations.sh
. "$(dirname -- "$0")/expectations.sh"
# shellcheck source=tests/integration/arm64_guest.sh
. "$(dirname -- "$0")/arm64_guest.sh"
# shellcheck source=tests/integration/vm_need.sh
. "$(dirname -- "$0")/vm_need.sh"
need_virtual_machines qemu-system-aarch64 qemu-img curl jq
find_arm64_guest "$kernels/arm64"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
export GANTRY_CACHE_DIR=$scratch/cache

make_arm64_initramfs initrd 'ip link set eth0 up
ip addr add 10.0.2.15/24 dev eth0
ip route add default via 10.0.2.2
mkdir /www
httpd -h /www
echo the guest is up' virtio_blk
qemu-img create -q -f qcow2 disk.qcow2 8M
cat >guest.spec <<END
gantry-guest 1
name arm
architecture aarch64
memory 160M
kernel $guest_kernel
initrd $scratch/initrd
command-line console=ttyAMA0 quiet
disk $scratch/disk.qcow2
port 80
END
cat >first <<'END'
send echo on-the-disk >/dev/vda; sync; cat /proc/sys/kernel/random/boot_id >/www/boot; echo $((20+3))rd
expect 23rd
END
cat >second <<'END'
send cmp /www/boot /proc/sys/kernel/random/boot_id && { uname -m; head -n 1 /dev/vda; } >/www/index.html; echo $((20+4))th
expect 24th
END
for stage in first second; do
  {
    echo "gantry-checkpoint 1
name $stage
store $scratch/store
step console:$scratch/$stage"
    if [ "$stage" = first ]; then
      echo "guest $scratch/guest.spec
ready console:the guest is up"
    else
      echo "parent $scratch/first.checkpoint"
    fi
  } >"$stage.spec"
  timeout 200 "$vm" build "$stage.spec" --output "$stage.checkpoint" >said 2>&1 || fail "$(cat said)"
done
for clone in 1 2; do
  timeout 60 "$vm" run second.checkpoint --store store -- \
    sh -c 'curl --silent --max-time 30 "http://127.0.0.1:$GANTRY_VM_PORT_80/"' >page || fail "clone $clone"
  [ "$(cat page)" = $'aarch64\non-the-disk' ] || fail "clone $clone answers: $(cat page)"
done
platform=$(jq -r '.platform | .machine + " " + .cpu' "store/checkpoints/$(cat second.checkpoint)/checkpoint.json")
[[ $platform == "virt-"[0-9]*" cortex-a72" ]] || fail "the machine is $platform"

# It can travel.
"$vm" pack second.checkpoint --store store --output second.image >said 2>&1 || fail "$(cat said)"
