#!/bin/bash
# nbd_fio_test.sh <gantry-ssd>: fio finds what it has written, over garbage collection, trims, and
# restarts from a saved state.
set -euo pipefail
ssd=$1
. "$(dirname -- "$0")/expectations.sh"
. "$(dirname -- "$0")/nbd_drive.sh"

# fio_passes <option>...
fio_passes() {
  fio --name=job --ioengine=nbd --uri="$uri" --thread=1 --size=64M --bs=4k --iodepth=32 \
    --verify=crc32c --verify_fatal=1 --verify_state_save=0 "$@" >fio.log 2>&1 ||
    fail "fio: $(cat fio.log)"
}

drive=(--device small.json --data-file drive.data --save-state drive.state --report report.json)
serve "${drive[@]}"
# Everything three times, each time in another order and in other blocks.
fio_passes --rw=randwrite --randseed=1
fio_passes --rw=randwrite --randseed=2 --bs=16k --numjobs=1
fio_passes --rw=randwrite --bsrange=512-32k --bs_unaligned=0 --blockalign=512 --randseed=3 --fsync=64
# A trim and a write of the same block at the same time would have no order.
fio_passes --rw=trimwrite --iodepth=1
fio_passes --rw=randwrite --randseed=4 --do_verify=0
end_server TERM
[ "$(of_report report.json 'r["report"]["flash"]["moved_pages"] > 1000')" = True ] ||
  fail "no garbage was collected"
[ "$(of_report report.json 'r["traffic"]["trims"] > 1000')" = True ] || fail "nothing was trimmed"

# What was written before a restart is there, and the drive goes on from where it was.
"$ssd" state check drive.state >/dev/null
serve "${drive[@]}" --state drive.state
fio_passes --rw=randwrite --randseed=4 --verify_only
fio_passes --rw=randwrite --randseed=5 --do_verify=0 --offset=32M --size=32M
end_server INT
serve "${drive[@]}" --state drive.state
fio_passes --rw=randwrite --randseed=5 --verify_only --offset=32M --size=32M
# A trimmed half is zeros, and what was not trimmed stays.
qemu-io -f raw -c 'discard 0 32M' -c 'read -P 0 0 32M' "$uri" >out
! grep -qi 'failed\|error' out || fail "trim: $(cat out)"
fio_passes --rw=randwrite --randseed=5 --verify_only --offset=32M --size=32M
end_server TERM
serve "${drive[@]}" --state drive.state --read-only
qemu-io -r -f raw -c 'read -P 0 0 32M' "$uri" >out
! grep -qi 'failed\|error' out || fail "the trim was forgotten: $(cat out)"
end_server TERM
