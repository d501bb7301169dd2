#!/bin/bash
# vm_agent_test.sh <gantry-guest-agent> <vm_agent> <directory>: the agent in a real guest, also after a
# restore. The guest's kernel is kept in the directory.
set -euo pipefail
agent=$1 vm_agent=$2 kernels=$3
. "$(dirname -- "$0")/expectations.sh"
. "$(dirname -- "$0")/busybox_guest.sh"
for program in qemu-system-x86_64 busybox python3 curl; do
  command -v "$program" >/dev/null || {
    echo "skipped: $program is not installed"
    exit 77
  }
done
monitor=$(realpath -- "$(dirname -- "$0")")/qemu_monitor.py

scratch=$(mktemp -d)
guest=
# Only what we have started is ended.
trap '[ -z "$guest" ] || kill "$guest" 2>/dev/null || true; rm -rf "$scratch"' EXIT
cd "$scratch"

[ "$(stat -c %s "$agent")" -lt 1000000 ] || fail "the agent has grown to $(stat -c %s "$agent") bytes"
make_busybox_initramfs initrd 'echo the guest is up' virtio_blk ext4
truncate -s 64M disk

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')

# start_guest <option>...: without waiting for anything.
start_guest() {
  timeout 170 qemu-system-x86_64 -nodefaults -no-user-config -display none -accel tcg \
    -machine pc-q35-7.2 -m 256M -kernel "$guest_kernel" -initrd initrd \
    -append 'console=ttyS0 quiet' \
    -chardev file,id=console,path=console.log -serial chardev:console \
    -device virtio-serial-pci -chardev socket,id=agent,path=agent.sock,server=on,wait=off \
    -device virtserialport,id=port,chardev=agent,name=gantry.agent.0 \
    -netdev "user,id=net,hostfwd=tcp:127.0.0.1:$port-10.0.2.15:80" -device virtio-net-pci,netdev=net \
    -drive file=disk,format=raw,if=none,id=disk,discard=unmap \
    -device virtio-blk-pci,drive=disk \
    -qmp unix:qmp.sock,server=on,wait=off "$@" </dev/null >qemu.log 2>&1 &
  guest=$!
  for _ in $(seq 500); do
    [ ! -S qmp.sock ] || return 0
    sleep 0.02
  done
  fail "QEMU does not start: $(cat qemu.log)"
}

ask() {
  "$vm_agent" agent.sock "$guest" qemu.log "$@" </dev/null
}

# expect <text> <word>...: what the agent answers.
expect() {
  local wanted=$1 found
  shift
  found=$(ask "$@") || fail "$*: $found"
  [ "$found" = "$wanted" ] || fail "$*: '$found', not '$wanted'"
}

# The host is there before the guest, and goes and comes.
start_guest
read -r boot nonce count < <(ask hello)
[ "$count" = 1 ] || fail "the first session is number $count"
expect "$boot $nonce 2" hello
expect "Linux" exec uname
[ "$(printf 'of the host' | "$vm_agent" agent.sock "$guest" qemu.log exec cat)" = 'of the host' ] ||
  fail "input is not handed on"
code=0
ask exec sh -c 'exit 7' || code=$?
[ "$code" = 7 ] || fail "exit 7 has become $code"

# An agent without a host does nothing.
busy="cut -d' ' -f14,15 /proc/\$(pidof gantry-guest-agent)/stat"
before=$(ask exec sh -c "$busy")
sleep 2
after=$(ask exec sh -c "$busy")
[ $((${after/ /+} - (${before/ /+}))) -le 5 ] || fail "the agent is busy without a host: $before, $after"

# Files.
head -c 20000003 /dev/urandom >sent
ask put sent /tmp/file
expect "644 20000003" get /tmp/file got
cmp sent got || fail "a file has changed on its way"
ask exec rm /tmp/file

# An identity: the clock, and each part that can be set.
ask exec sh -c 'date -s 2020-01-01 && ip link set eth0 up' >/dev/null
id=0123456789abcdef0123456789abcdef
seed=$(head -c 32 /dev/urandom | sha256sum | cut -c1-32)
began=$(date +%s)
expect "" identity now "$seed" clone-1 $id 525400aabbcc
clock=$(ask exec date +%s)
((clock >= began - 1 && clock <= $(date +%s) + 1)) || fail "the guest's clock is not ours"
expect "clone-1" exec hostname
expect "$id" exec cat /etc/machine-id
[[ $(ask exec ip link show eth0) == *52:54:00:aa:bb:cc* ]] || fail "the MAC address was not set"
[[ $(ask exec ip link show eth0) == *UP* ]] || fail "the interface has gone down"
reasons=$(ask identity - - - wrong 525400aabbcd 525400aabbce) && fail "a wrong identity is taken"
[ "$reasons" = "'wrong' is no machine ID: 32 hexadecimal digits are
there is no virtio network interface number 1" ] || fail "wrong parts are said to be: $reasons"
[[ $(ask exec ip link show eth0) == *52:54:00:aa:bb:cd* ]] || fail "one part has kept another back"

# QEMU's network, which knows the guest by its MAC address before, learns of the new one from the agent.
# Without that, a connection waits six seconds until its first packet is sent again.
ask exec sh -c 'mkdir /www && echo page >/www/index.html && ip addr add 10.0.2.15/24 dev eth0 && httpd -h /www &&
  ping -c 1 10.0.2.2' >/dev/null || fail 'the guest has no network'
expect "" identity - - - - 525400aabbce
page=$(curl --silent --max-time 4 "http://127.0.0.1:$port/") || fail 'the guest is not found under its new MAC address'
[ "$page" = page ] || fail "the guest serves: $page"
[ "$(ask exec cat /proc/sys/net/ipv4/conf/eth0/arp_notify)" = 0 ] || fail 'a setting of the guest has changed'

# What no file system needs is given back.
ask exec sh -c 'mke2fs -q /dev/vda && mkdir /mnt && mount -t ext4 /dev/vda /mnt &&
  head -c 30000000 /dev/urandom >/mnt/junk && sync && rm /mnt/junk' >/dev/null 2>&1
expect 0 sync
full=$(du -k disk | cut -f1)
trimmed=$(ask trim)
[ "$trimmed" -gt 30000000 ] || fail "only $trimmed bytes were trimmed"
left=$(du -k disk | cut -f1)
[ "$left" -lt $((full - 25000)) ] || fail "of $full KiB on disk $left are left"
ask exec umount /mnt

# A restore while half a frame was on its way, and a command was running: the agent is the same.
python3 - "$monitor" <<'PYTHON'
import os, select, socket, struct, subprocess, sys, time

def frame(kind, request, session, body, size=None):
    head = b"\xf7GgA" + struct.pack("<IIIQ", kind, len(body) if size is None else size, request, session)
    return head + body + (struct.pack("<Q", session) if size is None else b"")

host = socket.socket(socket.AF_UNIX)
host.connect("agent.sock")
# What is sent before the guest has seen that there is another host is lost.
host.settimeout(5)
said = b""
while b"\xf7GgA\x81" not in said:
    host.sendall(frame(1, 1, 4711, struct.pack("<I", 1)))
    try:
        said += host.recv(4096)
    except TimeoutError:
        continue
time.sleep(0.5)
said += host.recv(4096, socket.MSG_DONTWAIT) if select.select([host], [], [], 0)[0] else b""
with open("count", "w") as file:
    print(struct.unpack("<Q", said[-16:-8])[0], file=file)
arguments = [b"sleep", b"1000"]
command = struct.pack("<I", 2) + b"".join(struct.pack("<I", len(a)) + a for a in arguments)
host.sendall(frame(2, 2, 4711, command + struct.pack("<IIB", 0, 0, 1)))
host.sendall(frame(3, 2, 4711, b"x" * 1000, 100000))
time.sleep(0.5)
subprocess.check_call(["python3", sys.argv[1], "qmp.sock", "stop", "migrate", '{"uri": "exec:cat >state"}', "wait"])
PYTHON
kill "$guest"
wait "$guest" || true
rm -f qmp.sock agent.sock
start_guest -incoming 'exec:cat state'
python3 "$monitor" qmp.sock wait cont
ask times 1 >resumed
expect "$boot $nonce $(($(cat count) + 2))" hello
expect "gone" exec sh -c 'pidof sleep || echo gone'
python3 "$monitor" qmp.sock system_reset
read -r now_boot now_nonce now_count < <(ask hello)
if [ "$now_boot" = "$boot" ] || [ "$now_nonce" = "$nonce" ] || [ "$now_count" != 1 ]; then
  fail "a guest that was booted again cannot be told from a restored one"
fi

# A port that is taken away comes back.
python3 "$monitor" qmp.sock device_del '{"id": "port"}'
sleep 1
python3 "$monitor" qmp.sock device_add \
  '{"driver": "virtserialport", "id": "port", "chardev": "agent", "name": "gantry.agent.0"}'
expect "$now_boot $now_nonce 2" hello

ask times 21 >microseconds
ask rates 50 >megabytes
echo "connection to the answer of true, median: $(sort -nk3 microseconds | sed -n 11p | cut -d' ' -f3) us"
echo "the first after a restore: $(cut -d' ' -f3 resumed) us"
echo "MB/s: $(tr '\n' ' ' <megabytes)"

ask poweroff
wait "$guest" || fail "the guest has not turned itself off"
guest=
