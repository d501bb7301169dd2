# shellcheck shell=sh
# Blocks are written and read back by iSCSI, without an initiator in the kernel.
set -eu
disk=iscsi://127.0.0.1:$GANTRY_VM_PORT_3260/iqn.2026-11.example.nas:disk/1
timeout 60 iscsi-readcapacity16 "$disk" | grep 'Total size:67108864'
timeout 60 qemu-io -f raw -c 'write -P 7 1M 1M' -c 'read -P 7 1M 1M' -c 'read -P 0 0 1M' "$disk"
