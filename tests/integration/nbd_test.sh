#!/bin/bash
# nbd_test.sh <gantry> <gantry-ssd> <plugin>: a simulated drive as a block device, for the clients of
# others.
set -euo pipefail
gantry=$1
ssd=$2
plugin=$3
. "$(dirname -- "$0")/expectations.sh"
. "$(dirname -- "$0")/nbd_drive.sh"

# What a client is told.
serve --device small.json --report report.json --capture drive.trace
[ "$uri" = "nbd+unix:///?socket=$scratch/drive.sock" ] || fail "the URI is $uri"
nbdinfo --json "$uri" >info.json
of_report info.json '[r["exports"][0][key] for key in ("export-size", "can_multi_conn", "can_trim",
  "can_zero", "can_fast_zero", "can_flush", "can_fua", "is_rotational", "is_read_only",
  "block_size_preferred")]' >info
[ "$(cat info)" = '[67108864, True, True, True, True, True, True, False, False, 4096]' ] ||
  fail "nbdinfo: $(cat info)"
nbdinfo --list --json "$uri" >list.json
[ "$(of_report list.json 'sorted((e["export-name"], e["export-size"]) for e in r["exports"])')" = \
  "[('', 67108864), ('left', 16777216), ('right', 50331648)]" ] || fail "list: $(cat list.json)"

# What is written is read, whoever asks, at any alignment; over several connections, too.
head -c 40000000 /dev/urandom >data
nbdcopy --connections=4 data "$uri"
nbdcopy --connections=4 "$uri" back
cmp -n 40000000 data back || fail "nbdcopy read something else"
qemu-io -f raw -c 'write -P 65 1000001 5003' -c 'read -P 65 1000001 5003' -c 'flush' "$uri" >out ||
  fail "qemu-io: $(cat out)"
qemu-io -f raw -c 'read -P 65 1000001 5003' "$uri" >out
! grep -q 'verification failed' out || fail "qemu-io read something else: $(cat out)"
qemu-io -f raw -c 'write -f -P 66 8192 4096' -c 'discard 8192 4096' -c 'read -P 0 8192 4096' \
  -c 'write -z 20000 30000' -c 'read -P 0 20000 30000' -c 'write -z -u 60000 30000' \
  -c 'read -P 0 60000 30000' "$uri" >out
! grep -qi 'failed\|error' out || fail "trims and zeros: $(cat out)"

# Namespaces are exports of their own.
left="nbd+unix:///left?socket=$scratch/drive.sock"
qemu-io -f raw -c 'write -P 67 0 4096' "nbd+unix:///right?socket=$scratch/drive.sock" >out
qemu-io -f raw -c 'read -P 67 16777216 4096' "$uri" >out
! grep -q 'verification failed' out || fail "the namespace is elsewhere: $(cat out)"
qemu-io -f raw -c 'read 16777216 512' "$left" >out 2>&1 && fail "read beyond a namespace"
nbdinfo "nbd+unix:///middle?socket=$scratch/drive.sock" >out 2>&1 && fail "there is no such export"
grep -q 'there is no export "middle": the drive has 2 namespaces' server.log || fail "$(cat server.log)"

# At the end there is a report, and the trace is what was asked for.
end_server INT
[ "$(of_report report.json 'r["report"]["generated"] == r["delivery"]["delivered"] > 100')" = True ] ||
  fail "report: $(cat report.json)"
grep -q ' late on average' server.log || fail "no account of lateness: $(cat server.log)"
requests=$(of_report report.json 'r["report"]["generated"]')
"$ssd" trace info drive.trace >summary
grep -q "^requests  *$requests of $requests lines\$" summary || fail "trace: $(cat summary)"
for kind in read write trim flush; do
  grep -q "^  $kind  " summary || fail "no $kind in the trace: $(cat summary)"
done
"$ssd" replay drive.trace --device small.json --json >replay.json
[ "$(of_report replay.json 'r["report"]["serviced"]')" = "$requests" ] || fail "replay: $(cat replay.json)"

# It ends while a client is at work, too, and has answered all that it has taken.
rm report.json
serve --device small.json --report report.json
fio --name=job --ioengine=nbd --uri="$uri" --thread=1 --rw=randrw --size=64M --bs=4k --iodepth=16 \
  --time_based --runtime=60 --status-interval=1 >fio.log 2>&1 &
client=$!
for _ in $(seq 300); do
  ! grep -q 'write: IOPS=' fio.log || break
  sleep 0.1
done
end_server TERM
! wait "$client" || fail "fio has not noticed that the server ended: $(cat fio.log)"
[ "$(of_report report.json 'r["report"]["generated"] == r["delivery"]["delivered"] > 100')" = True ] ||
  fail "report: $(cat report.json)"

# Over TCP on the loopback, read-only, by the short name.
port=$((20000 + $$ % 20000))
mkfifo tcp
"$gantry" ssd serve --device small.json --port $port --read-only --data timing --progress 0 \
  >tcp 2>server.log &
server=$!
read -r uri <tcp || fail "the server does not begin: $(cat server.log)"
[ "$uri" = "nbd://127.0.0.1:$port" ] || fail "the URI is $uri"
[ "$(nbdinfo --size "$uri")" = 67108864 ] || fail "no size over TCP"
qemu-io -f raw -c 'write 0 512' "$uri" >out 2>&1 && fail "wrote to a read-only drive"
kill "$server"
wait "$server" || fail "the server ended with $?"
server=

# By nbdkit itself, with nothing of ours around it.
# shellcheck disable=SC2016 # nbdkit says what $uri is
nbdkit --unix "$scratch/own.sock" "$plugin" small.json data=memory fill=random \
  --run 'nbdcopy data "$uri" && nbdcopy "$uri" own' 2>/dev/null || fail "the plugin alone"
cmp -n 40000000 data own || fail "the plugin alone read something else"
nbdkit --dump-plugin "$plugin" | grep -qx 'max_thread_model=parallel' || fail "it is not parallel"
# A socket that was left behind is no obstacle, one that is in use is.
python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("drive.sock")'
serve --device small.json
fails 'another server listens there' "$ssd" serve --device small.json --socket drive.sock
end_server TERM

# What cannot be.
fails "there is no profile 'nonesuch'" "$ssd" serve --device nonesuch
fails -- '--device or --state is needed' "$ssd" serve
fails 'there is a file of that name, which is no socket' "$ssd" serve --device ref-a --socket data
fails -- '--save-state needs --data-file' "$ssd" serve --device ref-a --save-state x
fails "a socket's path has at most 107 bytes" "$ssd" serve --device ref-a --socket "$(printf '%0120d' 0)"
mkdir empty
PATH=$scratch/empty fails 'nbdkit, which serves block devices, is not installed' "$ssd" serve --device ref-a
fails 'there is no parameter "colour"' nbdkit -f "$plugin" ref-a colour=red
fails 'data is timing, memory or file' nbdkit -f "$plugin" ref-a data=tape
