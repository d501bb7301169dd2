#!/bin/bash
# vm_checkpoint_test.sh <gantry-vm> <gantry-guest-agent> <directory>: a guest that libvirt boots is
# brought to a state in two stages; commands run in and beside clones of it. The guest's kernel is
# kept in the directory.
# shellcheck disable=SC2034,SC2154 # busybox_guest.sh reads some and gives others
set -euo pipefail
vm=$1 agent=$2 kernels=$3
# shellcheck source=tests/integration/vm_test.sh
. "$(dirname -- "$0")/vm_test.sh"
begin_vm_test curl jq python3

make_busybox_initramfs initrd "$serve_www"'
ip route add default via 10.0.2.2
echo page >/www/index.html
mkdir /mnt
mke2fs -q /dev/vda
mount -t ext2 /dev/vda /mnt
echo the guest is up' virtio_blk ext4
qemu-img create -q -f qcow2 disk.qcow2 64M
guest_memory=256M
write_guest "disk $scratch/disk.qcow2" 'port 80'
write_checkpoint ready "guest $scratch/guest.spec" 'ready console:the guest is up' \
  "step console:$scratch/login" "step agent:$scratch/setup.sh"
write_checkpoint final "parent $scratch/ready.checkpoint" "step copy:$scratch/more.sh=/mnt/more.sh" \
  "step agent:$scratch/more.sh"
cat >login <<'END'
send echo hello-$((20+3))
expect hello-23
END
# What only memory has tells a restore from a reboot.
cat >setup.sh <<'END'
echo first >/mnt/file
cat /proc/sys/kernel/random/boot_id >/tmp/boot
head -c 16 /dev/urandom | md5sum >/tmp/nonce
END
cat >more.sh <<'END'
cmp /tmp/boot /proc/sys/kernel/random/boot_id
echo second >>/mnt/file
END

timeout 120 "$vm" build ready.spec --output ready.checkpoint >said 2>told || fail "$(cat said told)"
grep -q '^ready 1/1 console:the guest is up … [0-9.]* s$' told || fail "it told: $(cat told)"
grep -q '^step 2/2 agent setup.sh … [0-9.]* s$' told || fail "it told: $(cat told)"
grep -q hello-23 store/recordings/ready/step-1-console.log || fail "what the console said is not kept"
grep -q '^checkpoint ready: built in' said || fail "it said: $(cat said)"
timeout 20 "$vm" build ready.spec --output ready.checkpoint >said
grep -q '^checkpoint ready: unchanged' said || fail "it was made again: $(cat said)"
timeout 60 "$vm" build final.spec --output final.checkpoint >said || fail "$(cat said)"

# Each clone has what was saved, and nothing of another clone.
in_clone() {
  timeout 60 "$vm" run final.checkpoint --store store --in-guest -- "$@"
}
for _ in 1 2; do
  [ "$(in_clone sh -c 'cat /mnt/file; echo third >>/mnt/file; sync')" = $'first\nsecond' ] ||
    fail "a clone sees another disk"
done
in_clone cmp /mnt/more.sh /mnt/more.sh || fail "the file was not copied"
[ "$(in_clone sh -c 'exit 7' || echo $?)" = 7 ] || fail "the exit code is not the command's"

# Clones are machines of their own, with the host's clock, and no reboots.
identity() {
  in_clone sh -c 'hostname; cat /etc/machine-id /sys/class/net/eth0/address; head -c 16 /dev/urandom | md5sum; date +%s; cat /tmp/nonce'
}
identity >one
identity >two
for line in 1 2 3 4; do
  [ "$(sed -n ${line}p one)" != "$(sed -n ${line}p two)" ] ||
    fail "two clones have the same $(sed -n ${line}p one)"
done
late=$(($(date +%s) - $(sed -n 5p two)))
((late >= 0 && late <= 10)) || fail "the guest's clock is $late s behind"
cmp <(sed -n 6p one) <(sed -n 6p two) || fail "a clone has other memory than another"

# A command beside it reaches it by ports that were free.
# shellcheck disable=SC2016
[ "$(timeout 60 "$vm" run final.checkpoint --store store -- \
  sh -c 'curl --silent --max-time 30 "http://127.0.0.1:$GANTRY_VM_PORT_80/"')" = page ] ||
  fail "the guest's port is not there"

# libvirt takes longer to load than all else of the program: no clone waits for it.
mkdir none
echo >none/libvirt.so.0
LD_LIBRARY_PATH=$PWD/none timeout 60 "$vm" run final.checkpoint --store store -- true
store=$scratch/none/store write_checkpoint other "guest $scratch/guest.spec"
LD_LIBRARY_PATH=$PWD/none fails "libvirt.so.0 cannot be used: $PWD/none/libvirt.so.0: file too short
hint: install it; on Debian: apt-get install libvirt0" "$vm" build other.spec

# Steps in a clone, and what there is to do.
echo 'cat /mnt/file >/tmp/copied; echo fourth >>/mnt/file' >in_clone.sh
[ "$(timeout 60 "$vm" run final.checkpoint --step agent:in_clone.sh --store store --in-guest -- \
  cat /tmp/copied 2>told)" = $'first\nsecond' ] || fail "a step was not done: $(cat told)"
grep -q '^step 1/1 agent in_clone.sh … [0-9.]* s$' told || fail "it told: $(cat told)"
timeout 60 "$vm" run final.checkpoint --store store --step agent:in_clone.sh 2>told || fail "$(cat told)"
fails 'there is nothing to do with the clone' "$vm" run final.checkpoint --store store
fails "'telnet:x' is not a step" "$vm" run final.checkpoint --store store --step telnet:x

# A step that changes makes its stage again, and none before it.
echo 'echo more' >>more.sh
timeout 60 "$vm" build final.spec --output final.checkpoint >said
grep -q '^checkpoint final: built in' said || fail "a changed step did not count"
timeout 20 "$vm" build ready.spec >said
grep -q '^checkpoint ready: unchanged' said || fail "a later step made an earlier stage again"

# A step that fails is quoted.
echo 'echo no such share >&2; exit 3' >more.sh
fails "step 2/2 agent:$scratch/more.sh: the script ended by exit code 3; the last that it said:
no such share" timeout 60 "$vm" build final.spec --output failed.checkpoint
[ ! -e failed.checkpoint ] || fail "what failed has made a checkpoint"
printf 'timeout 1\nexpect never\n' >login
fails "step 1/2 console:$scratch/login:2: the time is over while waiting for 'never' on the console" \
  timeout 120 "$vm" build ready.spec --output failed.checkpoint

# What is not as it was saved is refused.
directory=store/checkpoints/$(cat final.checkpoint)
flip() {
  python3 -c 'import sys
with open(sys.argv[1], "r+b") as f:
    f.seek(int(sys.argv[2])); byte = f.read(1); f.seek(-1, 1); f.write(bytes([byte[0] ^ 1]))' "$@"
}
for file in ram devices disk.qcow2; do
  flip "$directory/$file" 5000
  fails "$file: the checkpoint final is not as it was saved: its digest is" in_clone true
  flip "$directory/$file" 5000
done
in_clone true || fail "what is as it was saved is refused"
truncate -s -1 "$directory/devices"
fails 'is not as it was saved: it has' in_clone true
cp -r store other
jq -c '.platform.qemuVersion = "9.1"' "other/checkpoints/$(cat ready.checkpoint)/checkpoint.json" >edited
cp edited "other/checkpoints/$(cat ready.checkpoint)/checkpoint.json"
echo "sha256:$(sha256sum edited | cut -d ' ' -f 1)" >"other/checkpoints/$(cat ready.checkpoint)/checkpoint.sha256"
fails 'the checkpoint was saved with another version of QEMU: 9.1, and here is' \
  "$vm" run ready.checkpoint --store other -- true
sed "s|^store .*|store $scratch/other|" final.spec >other.spec
fails 'the checkpoint was saved with another version of QEMU: 9.1, and here is' "$vm" build other.spec
rm -r "store/checkpoints/$(cat ready.checkpoint)"
fails 'is not in' "$vm" run ready.checkpoint --store store -- true

# Nothing is left behind.
[ -z "$(ls store/work)" ] || fail "left behind: $(ls store/work)"
! pgrep -f "$scratch/store" >/dev/null || fail "a machine is left behind"
