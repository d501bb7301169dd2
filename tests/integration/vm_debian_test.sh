#!/bin/bash
# vm_debian_test.sh <gantry-vm> <directory>: a Debian with systemd boots from a disk of Gantry's, to the
# login, the agent and the SSH server. Its root file system is kept in the directory.
# shellcheck disable=SC2034,SC2154 # debian_guest.sh reads some and gives others
set -euo pipefail
gantry_vm=$1 guests=$2
# shellcheck source=tests/integration/expectations.sh
. "$(dirname -- "$0")/expectations.sh"
# shellcheck source=tests/integration/debian_guest.sh
. "$(dirname -- "$0")/debian_guest.sh"
# shellcheck source=tests/integration/vm_need.sh
. "$(dirname -- "$0")/vm_need.sh"
need_virtual_machines ssh-keygen
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
make_debian_guest "$guests/debian"

"$gantry_vm" disk "$debian_tar" --agent --initramfs gantry --output again.qcow2 --quiet
cmp again.qcow2 "$debian_disk" || fail "the same root file system made another disk"
"$gantry_vm" disk "$debian_tar" --agent --initramfs gantry --output again.raw --quiet
/sbin/e2fsck -fn again.raw >fsck 2>&1 || fail "$(cat fsck)"
rm again.raw again.qcow2

{
  printf '%s\n' 'gantry-guest 1' 'name debian' 'memory 512M' 'port 22'
  debian_guest_lines
} >guest.spec
cat >ready.spec <<END
gantry-checkpoint 1
name ready
guest $scratch/guest.spec
store $scratch/store
ready console:root@guest
step agent:$scratch/look.sh
timeout 120
END
cat >look.sh <<'END'
[ "$(findmnt -no SOURCE,FSTYPE /)" = "/dev/vda ext4" ]
[ "$(systemctl is-system-running --wait)" = running ]
systemctl is-active ssh gantry-guest-agent
sync
END
timeout 250 "$gantry_vm" build ready.spec --output ready.checkpoint >said 2>told || fail "$(cat said told)"
# shellcheck disable=SC2016 # the variables are the command's
said=$(timeout 60 "$gantry_vm" run ready.checkpoint --store store -- bash -c \
  'exec 3<>"/dev/tcp/127.0.0.1/$GANTRY_VM_PORT_22"; read -r -t 30 -u 3 line; echo "$line"')
[[ $said == SSH-2.0-OpenSSH* ]] || fail "the SSH server said '$said'"
