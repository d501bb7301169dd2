#!/bin/bash
# vm_ready_test.sh <gantry-vm> <gantry-guest-agent> <directory>: what a checkpoint waits for at ports of
# a guest, where user networking takes connections that nobody in the guest does. The guest's kernel is
# kept in the directory.
# shellcheck disable=SC2016,SC2034,SC2119,SC2154 # scripts of the guest; busybox_guest.sh reads some and gives others
set -euo pipefail
vm=$1 agent=$2 kernels=$3
# shellcheck source=tests/integration/vm_test.sh
. "$(dirname -- "$0")/vm_test.sh"
begin_vm_test

# Its network comes up late, and its services after that: one that is silent, one that says its name,
# one that closes what it accepts until it is told otherwise, and pages.
make_busybox_initramfs initrd 'echo the guest is up
sleep 1
ip link set eth0 up
ip addr add 10.0.2.15/24 dev eth0
sleep 1
nc -ll -p 9000 -e sh -c "cat >/dev/null" &
nc -ll -p 9001 -e echo SSH-2.0-box &
nc -ll -p 9002 -e test -e /tmp/open &
mkdir -p /www/cgi-bin
cat >/www/cgi-bin/late <<"END"
#!/bin/sh
echo x >>/tmp/asked
[ $(wc -l </tmp/asked) -gt 2 ] || printf "Status: 500 Not yet\r\n"
printf "Content-Type: text/plain\r\n\r\n"
wc -l </tmp/asked
END
chmod +x /www/cgi-bin/late
httpd -h /www'
write_guest 'port 80' 'port 81' 'port 9000' 'port 9001' 'port 9002'
# checkpoint <name> <line of its description>...
checkpoint() {
  write_checkpoint "$@"
  timeout 120 "$vm" build "$1.spec" --output "$1.checkpoint"
}

checkpoint ready "guest $scratch/guest.spec" "ready tcp:9000" "ready tcp:9001" \
  "ready http:80/cgi-bin/late" "ready console:the guest is up" >said 2>&1 || fail "$(cat said)"
grep -q '^ready 1/4 tcp:9000 … [0-9.]* s$' said || fail "it said: $(cat said)"

# What waits in vain says what it has met. All at once: each takes its time.
on_ready=("parent $scratch/ready.checkpoint" "timeout 4")
waits=()
# in_vain <message> <name> <condition>
in_vain() {
  fails "$1" checkpoint "$2" "${on_ready[@]}" "ready $3" &
  waits+=($!)
}
in_vain 'ready 1/1 tcp:81: the time is over while waiting for somebody who listens at port 81 of the guest; the connection was closed at once' \
  refused tcp:81
in_vain 'port 9002 of the guest; the connection was closed at once' closed tcp:9002
in_vain "GET /none at port 80 of the guest; the answer was 404 Not Found: '" none http:80/none
in_vain "at port 9001 of the guest; the answer was no HTTP: 'SSH-2.0-box'" garbage http:9001/
in_vain 'at port 9000 of the guest; there was no answer' silent http:9000/
failed=0
for wait in "${waits[@]}"; do
  wait "$wait" || failed=1
done
((!failed)) || exit 1
fails 'ready tcp:23: port 23 of the guest is not one that is reached from the host: those are 80, 81, 9000, 9001, 9002' \
  checkpoint unknown "${on_ready[@]}" "ready tcp:23"

# A guest whose network is down takes no connection, although its host does. Who listened before a
# step need not after it.
echo 'ip link set eth0 down' >down.sh
checkpoint down "parent $scratch/ready.checkpoint" "ready tcp:9000" "step agent:$scratch/down.sh" >said 2>&1 ||
  fail "$(cat said)"
fails 'port 9000 of the guest; nobody in the guest answers' \
  checkpoint deaf "parent $scratch/down.checkpoint" "timeout 2" "ready tcp:9000"

# One that ends does not keep anybody waiting.
printf 'send (sleep 1; poweroff -f) &\nexpect poweroff\n' >off
checkpoint off "parent $scratch/ready.checkpoint" "step console:$scratch/off" >said 2>&1 ||
  fail "$(cat said)"
start=$SECONDS
fails 'the virtual machine ended by exit code 0 while waiting for somebody who listens at port 81' \
  checkpoint dead "parent $scratch/off.checkpoint" "ready tcp:81"
((SECONDS - start < 30)) || fail "it waited for a guest that had ended"
