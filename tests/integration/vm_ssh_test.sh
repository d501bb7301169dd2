#!/bin/bash
# vm_ssh_test.sh <gantry-vm> <gantry-guest-agent> <directory>: scripts and files by SSH, in a guest with
# the agent and in one without. The guest's kernel is kept in the directory.
# shellcheck disable=SC2016,SC2034,SC2154 # scripts of the guest; busybox_guest.sh reads some and gives others
set -euo pipefail
vm=$1 agent=$2 kernels=$3
# shellcheck source=tests/integration/vm_test.sh
. "$(dirname -- "$0")/vm_test.sh"
# shellcheck source=tests/integration/dropbear.sh
. "$(dirname -- "$0")/dropbear.sh"
begin_vm_test ssh ssh-keygen
PATH=$PATH:/usr/sbin command -v dropbear >/dev/null || {
  echo "skipped: dropbear is not installed"
  exit 77
}

make_busybox_initramfs initrd 'ip link set lo up
ip link set eth0 up
ip addr add 10.0.2.15/24 dev eth0
dropbear -R -E'
add_dropbear initrd
write_guest 'port 22' 'port 23'
# checkpoint <name> <line of its description>...
checkpoint() {
  write_checkpoint "$@"
  timeout 120 "$vm" build "$1.spec" --output "$1.checkpoint"
}

# The agent gives the guest the key that Gantry has made.
cat >setup.sh <<'END'
echo "I am $(id -un) at $SSH_CONNECTION"
echo first >/tmp/file
END
checkpoint ready "guest $scratch/guest.spec" "ready tcp:22" "step ssh:$scratch/setup.sh" \
  "step ssh:$scratch/setup.sh" >said 2>&1 || fail "$(cat said)"
grep -q '^step 1/2 ssh setup.sh … [0-9.]* s$' said || fail "it said: $(cat said)"
! grep -q warning said || fail "a connection was left: $(cat said)"
grep -q 'I am root at 10.0.2.2' store/recordings/ready/step-1-ssh.log ||
  fail "what the script said is not kept"
[ "$(stat -c %a store/keys/ssh)" = 600 ] || fail "others can read the key"

# A guest whose agent does not run gets files by SSH, too.
printf 'send killall gantry-guest-agent; echo gone-$((1+1))\nexpect gone-2\n' >end
checkpoint alone "parent $scratch/ready.checkpoint" "step console:$scratch/end" >said 2>&1 ||
  fail "$(cat said)"
printf 'a program\n' >"a 'file"
chmod +x "a 'file"
head -c 3000000 /dev/urandom >large
cat >check.sh <<END
test "\$(stat -c %a "/tmp/new dir/a 'file")" = 755
test "\$(stat -c %a /tmp/large)" = 644
test "\$(md5sum </tmp/large)" = "$(md5sum <large)"
test "\$(cat /tmp/file)" = first
END
checkpoint copied "parent $scratch/alone.checkpoint" "step copy:$scratch/a 'file=/tmp/new dir/a 'file" \
  "step copy:$scratch/large=/tmp/large" "step ssh:$scratch/check.sh" >said 2>&1 || fail "$(cat said)"

# What goes wrong is named.
on_alone=("parent $scratch/alone.checkpoint" "timeout 30")
printf 'echo no such share >&2\nexit 3\necho never\n' >bad.sh
fails "step 1/1 ssh:$scratch/bad.sh: the script ended by exit code 3; the last that it said:
no such share" checkpoint failed "${on_alone[@]}" "step ssh:$scratch/bad.sh"
ssh-keygen -q -t ed25519 -N '' -f other
fails 'ssh cannot log in as root at port 22 of the guest: root@127.0.0.1: Permission denied (publickey' \
  checkpoint denied "${on_alone[@]}" "ssh-key $scratch/other" "step ssh:$scratch/setup.sh"
fails 'waiting for somebody who listens at port 23 of the guest; the connection was closed at once' \
  checkpoint refused "parent $scratch/alone.checkpoint" "timeout 2" "ssh-port 23" "step ssh:$scratch/setup.sh"
fails 'port 24 of the guest is not one that is reached from the host: those are 22, 23' \
  checkpoint unknown "${on_alone[@]}" "ssh-port 24" "step ssh:$scratch/setup.sh"
echo "sleep 600" >slow.sh
fails 'the time is over while running a command by ssh' \
  checkpoint slow "parent $scratch/alone.checkpoint" "timeout 2" "step ssh:$scratch/slow.sh"
echo 'killall dropbear' >cut.sh
fails 'the script, or the connection to it, ended by exit code 255' \
  checkpoint cut "${on_alone[@]}" "step ssh:$scratch/cut.sh"

# A clone's server answers at a port of its own.
greeting=$(timeout 60 "$vm" run copied.checkpoint --store store -- \
  bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$GANTRY_VM_PORT_22"; head -n 1 <&3')
[[ $greeting == SSH-2.0-dropbear* ]] || fail "the clone's server says '$greeting'"
! pgrep -f "$scratch/store" >/dev/null || fail "a process is left behind"
