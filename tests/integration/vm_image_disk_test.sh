#!/bin/bash
# vm_image_disk_test.sh <gantry> <gantry-vm> <directory>: images become disks, which Gantry's init runs
# as an engine would; e2fsprogs and the guest itself say what came of them. The guest's kernel is kept
# in the directory.
# shellcheck disable=SC2154 # guest_kernel.sh gives some
set -euo pipefail
gantry=$1 vm=$2 kernels=$3
# shellcheck source=tests/integration/expectations.sh
. "$(dirname -- "$0")/expectations.sh"
# shellcheck source=tests/integration/guest_kernel.sh
. "$(dirname -- "$0")/guest_kernel.sh"
# shellcheck source=tests/integration/vm_need.sh
. "$(dirname -- "$0")/vm_need.sh"
need_virtual_machines curl
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
export GANTRY_CACHE_DIR=$scratch/cache
find_guest_kernel "$kernels"
PATH=$PATH:/sbin:/usr/sbin

mkdir -p lower/bin lower/etc lower/www lower/old lower/srv upper/www upper/old
busybox=$(command -v busybox)
cp "$busybox" lower/bin/busybox
for name in sh echo id pwd httpd sleep kill ps hostname ip mount grep sed; do
  ln -s busybox "lower/bin/$name"
done
printf 'root:x:0:0::/root:/bin/sh\nweb:x:1000:100::/srv:/bin/sh\n' >lower/etc/passwd
printf 'root:x:0:\nusers:x:100:\nlog:x:4:web\n' >lower/etc/group
echo lower >lower/www/index.html
echo lower >lower/www/gone
echo lower >lower/old/file
echo upper >upper/www/index.html
: >upper/www/.wh.gone
: >upper/old/.wh..wh..opq
cat >upper/www/serve <<'END'
#!/bin/sh
echo "I am $(id -u):$(id -g) in $(pwd), $GREETING, $(hostname), $#: $*"
(sleep 1000 &)
httpd -p 8080 -h /www
echo serving
trap 'echo told to stop; exit 7' INT
while :; do sleep 1; done
END
chmod +x upper/www/serve
for tar in lower upper; do
  tar --create --directory $tar --sort=name --owner=0 --group=0 --mtime=@1600000000 --file $tar.tar .
done
"$gantry" image build --rootfs lower.tar --layer upper --entrypoint /www/serve --cmd 'two words' \
  --user web --workdir /srv --env GREETING=hello --stop-signal SIGINT --to oci:layout:1 --quiet
"$vm" disk oci:layout:1 --kernel "$guest_kernel" --modules "$guest_modules" --agent --hostname box \
  --output web.raw >said
grep -q '^disk web: .* boots vmlinuz' said || fail "it said: $(cat said)"
e2fsck -fn web.raw >fsck 2>&1 || fail "$(cat fsck)"
[ "$(debugfs -R 'cat /www/index.html' web.raw 2>/dev/null)" = upper ] || fail "the upper file is not on top"
for gone in /www/gone /old/file /www/.wh.gone; do
  debugfs -R "stat $gone" web.raw 2>&1 | grep -q 'File not found' || fail "$gone is there"
done
debugfs -R 'ls -l /' web.raw 2>&1 | grep -q gantry && fail "something of Gantry's is in the disk"
"$vm" disk oci:layout:1 --kernel "$guest_kernel" --modules "$guest_modules" --agent --hostname box \
  --output web.qcow2 --quiet
qemu-img compare -q web.raw web.qcow2 || fail "raw and qcow2 differ"
"$vm" disk oci:layout:1 --kernel "$guest_kernel" --modules "$guest_modules" --agent --hostname box \
  --output again.raw --quiet
for part in raw initrd; do
  cmp web.$part again.$part || fail "the same image made another disk"
done

{
  echo 'gantry-guest 1'
  printf '%s\n' 'name web' 'memory 192M' 'port 8080' "disk $scratch/web.qcow2" \
    "kernel $scratch/web.kernel" "initrd $scratch/web.initrd" "command-line $(cat web.command-line)"
} >guest.spec
cat >ready.spec <<END
gantry-checkpoint 1
name ready
guest $scratch/guest.spec
store $scratch/store
ready console:^serving
step agent:$scratch/look.sh
END
cat >look.sh <<'END'
export PATH=/bin
ip -4 addr show dev eth0 | grep -q 10.0.2.15/24
ip route | grep -q 'default via 10.0.2.2'
grep -q 10.0.2.3 /etc/resolv.conf
for type in proc sysfs devtmpfs devpts tmpfs; do
  mount | grep -q "type $type "
done
# What its parents left behind belongs to the first process, which waits for it.
kill $(ps | sed -n 's/^ *\([0-9]*\) .*sleep 1000$/\1/p')
while ps | grep -q '[s]leep 1000'; do :; done
END
timeout 100 "$vm" build ready.spec --output ready.checkpoint >said 2>told || fail "$(cat said told)"
log=$(cat store/recordings/ready/*console*.log)
[[ $log == *'I am 1000:100 in /srv, hello, box, 1: two words'* ]] || fail "the console said: $log"
# shellcheck disable=SC2016 # the variable is the test's
[ "$(timeout 60 "$vm" run ready.checkpoint --store store -- sh -c 'curl -sf 127.0.0.1:$GANTRY_VM_PORT_8080')" = upper ] ||
  fail "the image's server does not answer"

# The end: the stop signal, and then the guest is off.
"$gantry" image build --rootfs lower.tar --entrypoint /bin/sh --cmd -c --stop-signal SIGINT \
  --cmd 'trap "echo told to stop; exit" INT; kill -TERM 1; while :; do sleep 1; done' --to oci:layout:2 --quiet
"$vm" disk oci:layout:2 --kernel "$guest_kernel" --modules "$guest_modules" --output ends.qcow2 --quiet
timeout 60 qemu-system-x86_64 -accel tcg -machine q35 -m 192M -nodefaults -no-reboot -display none -serial stdio \
  -kernel ends.kernel -initrd ends.initrd -append "$(cat ends.command-line)" \
  -drive file=ends.qcow2,if=virtio </dev/null >boot.log 2>&1 || fail "the guest is not off: $(cat boot.log)"
grep -q 'told to stop' boot.log || fail "the command got no signal: $(cat boot.log)"

fails 'there is no kernel in its /boot' "$vm" disk oci:layout:1 --output none.raw
fails 'the size is to be given as 2G' "$vm" disk oci:layout:1 --output none.raw --size large
fails 'as FILE=PATH' "$vm" disk oci:layout:1 --output none.raw --copy file
[ ! -e none.raw ] || fail "a disk was left behind"
