#!/bin/bash
# vm_share_test.sh <gantry-vm> <gantry-guest-agent> <directory>: directories of the host in a guest, in
# two stages and in clones. The guest's kernel is kept in the directory.
# shellcheck disable=SC2034,SC2119,SC2154 # busybox_guest.sh reads some and gives others
set -euo pipefail
vm=$1 agent=$2 kernels=$3
# shellcheck source=tests/integration/vm_test.sh
. "$(dirname -- "$0")/vm_test.sh"
begin_vm_test

# Of the kernel for clouds 9p is no part.
guest_kernel_flavour=amd64
make_busybox_initramfs initrd 'echo the guest is up' 9pnet_virtio 9p
mkdir -p 'da ta' out
echo first >'da ta/file'
write_guest "share data=$scratch/da ta" "share out=$scratch/out:rw"
write_checkpoint ready "guest $scratch/guest.spec" 'ready console:the guest is up' "step agent:$scratch/ready.sh"
write_checkpoint final "parent $scratch/ready.checkpoint" "step agent:$scratch/final.sh"
cat >ready.sh <<'END'
cp /mnt/data/file /tmp/kept
if touch /mnt/data/file; then exit 9; fi
echo from the guest >/mnt/out/said
chmod 4755 /mnt/out/said
ln -s /etc/passwd /mnt/out/link
END
# What is mounted elsewhere is taken away, too, and what is in use for a moment is waited for.
cat >final.sh <<'END'
grep -q second /mnt/data/file
mkdir '/tmp/an other'
mount --bind /mnt/data '/tmp/an other'
(cd /mnt/data && sleep 1) >/dev/null 2>&1 &
END
timeout 120 "$vm" build ready.spec --output ready.checkpoint >said 2>&1 || fail "$(cat said)"
[ "$(cat out/said)" = 'from the guest' ] || fail 'the guest has not written'
[ "$(stat -c %U:%a out/said)" = "$(id -un):600" ] || fail "it has become $(stat -c %U:%a out/said)"
[ ! -L out/link ] || fail 'the guest has made a symbolic link of the host'
echo second >>'da ta/file'
timeout 20 "$vm" build ready.spec >said
grep -q unchanged said || fail "what is shared has become an input: $(cat said)"
timeout 60 "$vm" build final.spec --output final.checkpoint >said 2>&1 || fail "$(cat said)"

# Clones see what is there now; each its own mount, and the share is not of their memory.
echo third >>'da ta/file'
in_clone() {
  timeout 60 "$vm" run final.checkpoint --store store --in-guest -- "$@"
}
for _ in 1 2; do
  [ "$(in_clone cat /mnt/data/file)" = $'first\nsecond\nthird' ] || fail 'a clone does not see the share'
done
[ "$(in_clone cat /tmp/kept)" = first ] || fail 'the memory is another one'
in_clone sh -c 'echo again >/mnt/out/clone'
[ "$(cat out/clone)" = again ] || fail 'a clone has not written'
[ "$(in_clone grep -c ' 9p ' /proc/mounts)" = 2 ] || fail 'there are others'

# One in which something fails is kept, without what it shares, and has it again.
timeout 60 "$vm" run final.checkpoint --store store --keep --step agent:ready.sh 2>said && fail 'it did not fail'
grep -q 'to look around in the machine' said || fail "it said: $(cat said)"
[ "$(timeout 60 "$vm" run store/kept/final.checkpoint --store store --in-guest -- cat /mnt/data/file | tail -n 1)" = \
  third ] || fail 'what was kept has no share'

# What stays in use is said, and what is not there.
echo 'cd /mnt/data && sleep 100 >/dev/null 2>&1 &' >final.sh
fails 'the share data cannot be taken away from the guest before it is saved: umount:' \
  timeout 120 "$vm" build final.spec --output failed.checkpoint
fails 'which is of one machine alone' "$vm" pack final.checkpoint --store store --output packed.image
mv 'da ta' gone
fails "$scratch/da ta: the directory that the guest is to see as data is not there" in_clone true
sed -i '/^share/d' guest.spec
timeout 60 "$vm" build ready.spec --output other.checkpoint >said 2>&1 && fail 'a step had its share'
grep -q "can't stat '/mnt/data/file'" said || fail "it said: $(cat said)"
