#!/bin/bash
# vm_export_test.sh <gantry-vm> <gantry-guest-agent> <directory>: what was deleted is not saved; the
# disk of a checkpoint over another becomes one image; a checkpoint becomes a directory that a shell
# and QEMU go on from, as a container does. The guest's kernel is kept in the directory.
# shellcheck disable=SC2034,SC2154 # busybox_guest.sh reads some and gives others
set -euo pipefail
vm=$1 agent=$2 kernels=$3
# shellcheck source=tests/integration/vm_test.sh
. "$(dirname -- "$0")/vm_test.sh"
begin_vm_test curl debugfs python3
machine=
cleanup() {
  [ -z "$machine" ] || kill "$machine" 2>/dev/null || true
  wait
}

make_busybox_initramfs initrd "$serve_www"'
mkdir /mnt
mke2fs -q /dev/vda
mount -t ext4 /dev/vda /mnt
echo the guest is up' virtio_blk ext4
qemu-img create -q -f qcow2 disk.qcow2 256M
write_guest "disk $scratch/disk.qcow2" 'port 80'
write_checkpoint ready "guest $scratch/guest.spec" 'ready console:the guest is up' "step agent:$scratch/first"
cat >final.spec <<END
gantry-checkpoint 1
name it's final
parent $scratch/ready.checkpoint
store $scratch/store
step agent:$scratch/second
END
cat >first <<'END'
echo first >/mnt/first
head -c 16 /dev/urandom | md5sum >/www/nonce
mkdir /www/cgi-bin
printf '#!/bin/sh\necho "Content-type: text/plain"\necho\nhostname\n' >/www/cgi-bin/name
chmod +x /www/cgi-bin/name
END
# What is deleted was on the disk before.
cat >second <<'END'
for i in 1 2 3 4 5 6 7 8 9 10; do cat /bin/busybox >>/mnt/junk; done
sync
rm /mnt/junk
echo second >/mnt/second
END
for name in ready final; do
  timeout 120 "$vm" build "$name.spec" --output "$name.checkpoint" >said 2>&1 || fail "$(cat said)"
  grep -q 'of which the guest stood still for [0-9]* ms' said || fail "it said: $(cat said)"
done
junk=$((10 * $(stat -c %s "$(command -v busybox)")))
saved=$(du -k "store/checkpoints/$(cat final.checkpoint)/disk.qcow2" | cut -f 1)
((saved * 1024 < junk / 4)) || fail "$saved KiB are saved of a disk from which $junk bytes were deleted"

# One image, in each format, with what both stages wrote.
for format in qcow2 raw vmdk; do
  timeout 60 "$vm" export final.checkpoint --store store --output "out.$format" >said || fail "$(cat said)"
  grep -q "^out.$format: [0-9.]* .*B, " said || fail "it said: $(cat said)"
  qemu-img info --output=json "out.$format" >described
  python3 - "$format" <<'END' || fail "$(cat described)"
import json, sys
info = json.load(open("described"))
assert info["format"] == sys.argv[1] and info["virtual-size"] == 256 << 20
assert "backing-filename" not in info
if info["format"] == "qcow2":
    assert info["format-specific"]["data"]["compression-type"] == "zstd"
END
  qemu-img compare -q out.qcow2 "out.$format" || fail "out.$format is another disk than out.qcow2"
done
[ "$(debugfs -R 'cat /first' out.raw 2>/dev/null)$(debugfs -R 'cat /second' out.raw 2>/dev/null)" = firstsecond ] ||
  fail "the disk has not what was written"
"$vm" export final.checkpoint --store store --output disk.bin --format raw >/dev/null
cmp disk.bin out.raw
fails 'its name does not say which format it has' "$vm" export final.checkpoint --store store --output disk.out
fails 'the machine has 1 disks, and no number 1' "$vm" export final.checkpoint --store store --output o.raw --disk 1
[ -z "$(find . -maxdepth 1 -name '.gantry-*')" ] || fail "left behind: $(ls -A)"

# A directory that goes on without Gantry, wherever it is, with a random number of the first stage's.
timeout 60 "$vm" export final.checkpoint --store store --container made >/dev/null
mv made "a machine"
rm -rf store disk.qcow2 initrd
mkdir run
port=$(python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
begin() {
  rm -rf run/gantry-machine
  GANTRY_RUN=$scratch/run GANTRY_PORT_80=$port timeout 60 "./a machine/start" </dev/null >console 2>&1 &
  machine=$!
  for _ in $(seq 200); do
    [ ! -e run/gantry-machine/ready ] || return 0
    sleep 0.1
  done
  fail "the machine is not up: $(cat console)"
}
end() {
  kill "$machine"
  wait "$machine" || true
  machine=
}
for _ in 1 2; do
  begin
  # Once it is up it is one of its own.
  name=$(curl --silent --max-time 20 "http://127.0.0.1:$port/cgi-bin/name")
  [[ $name =~ ^guest-[0-9a-f]{8}$ ]] || fail "its name is '$name'"
  echo "$name" >>names
  GANTRY_RUN=$scratch/run "./a machine/healthy" || fail "it is not healthy: $(cat console)"
  curl --silent --max-time 20 "http://127.0.0.1:$port/nonce" >>nonces
  cp run/gantry-machine/pid pid
  kill -STOP "$(cat pid)"
  ! GANTRY_RUN=$scratch/run timeout 5 "./a machine/healthy" 2>/dev/null || fail "a stopped QEMU is healthy"
  kill -CONT "$(cat pid)"
  end
  for _ in $(seq 50); do # until the first process of the machine has buried it
    kill -0 "$(cat pid)" 2>/dev/null || break
    sleep 0.1
  done
  ! kill -0 "$(cat pid)" 2>/dev/null || fail "QEMU goes on without the container"
done
[ "$(sort nonces | uniq -c | awk '{ print $1 }')" = 2 ] || fail "it was booted again: $(cat nonces)"
[ "$(sort -u names | wc -l)" = 2 ] || fail "both have the same name: $(cat names)"
sed -i "s/\*'[0-9].*'\*) ;;/*'0.9'*) ;;/" "a machine/start"
fails 'the machine was saved by QEMU' env "GANTRY_RUN=$scratch/run" timeout 20 "./a machine/start"
