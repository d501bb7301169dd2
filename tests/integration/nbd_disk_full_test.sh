#!/bin/bash
# nbd_disk_full_test.sh <gantry-ssd>: where the file system of the data is full, a client is told, and the
# drive goes on when there is room; what cannot be saved leaves what was saved before.
set -euo pipefail
ssd=$1
if [ "${2-}" != mounted ]; then
  for options in -m -Urm; do
    if unshare "$options" mount -t tmpfs none /mnt 2>/dev/null; then
      exec unshare "$options" bash "$0" "$ssd" mounted
    fi
  done
  echo 'skipped: a tmpfs cannot be mounted here (neither as root nor in a user namespace)'
  exit 77
fi
. "$(dirname -- "$0")/expectations.sh"
. "$(dirname -- "$0")/nbd_drive.sh"
mkdir disk
mount -t tmpfs -o size=8m none disk
trap 'umount -l disk; clean_up' EXIT

# asks <command of qemu-io>...: what it says is in out.
asks() {
  local commands=() each
  for each in "$@"; do
    commands+=(-c "$each")
  done
  qemu-io -f raw "${commands[@]}" "$uri" >out 2>&1 || true
}
succeeds() {
  asks "$@"
  ! grep -qi 'failed\|error' out || fail "$*: $(cat out server.log)"
}

kept=(--device small.json --data-file disk/drive.data --save-state disk/drive.state)
serve "${kept[@]}"
succeeds 'write -P 1 0 1M' 'write -P 2 40M 1M'
end_server TERM
cp disk/drive.state saved

serve "${kept[@]}" --state disk/drive.state --capture disk/drive.trace --report disk/report.json
asks 'write -P 3 10M 20M'
grep -q 'write failed: Input/output error' out || fail "16 MB fit into 8: $(cat out)"
grep -q 'drive.data: No space left on device' server.log || fail "$(cat server.log)"
grep -q 'hint: free some space on that file system' server.log || fail "$(cat server.log)"
succeeds 'read -P 1 0 1M' 'read -P 2 40M 1M' 'read -P 0 63M 1M'
# Now nothing can be saved, and each is told.
kill "$server"
! wait "$server" || fail 'nothing was saved, which is no error'
server=
for file in drive.state drive.trace report.json; do
  grep -q "$file.*No space left on device" server.log || fail "nothing is said of $file: $(cat server.log)"
done
cmp saved disk/drive.state || fail 'the state of before has gone'

# A trim makes room.
rm -f disk/drive.trace disk/report.json
serve "${kept[@]}" --state disk/drive.state
succeeds 'discard 10M 20M' 'write -P 4 10M 2M' 'read -P 4 10M 2M' 'read -P 0 12M 18M' 'read -P 1 0 1M' \
  'read -P 2 40M 1M'
end_server TERM
"$ssd" state check disk/drive.state >/dev/null
