#!/bin/bash
# nbd_hostile_test.sh <gantry-ssd>: clients that ask for what they should not, or go away, and ends that
# nobody wished for, leave a drive that is right.
set -euo pipefail
ssd=$1
here=$(cd -- "$(dirname -- "$0")" && pwd)
. "$here/expectations.sh"
. "$here/nbd_drive.sh"
export PYTHONDONTWRITEBYTECODE=1

# protocol: what may and may not be asked.
protocol() {
  timeout 100 python3 "$here/nbd_protocol.py" drive.sock >protocol.log 2>&1 ||
    fail "$(cat protocol.log server.log)"
}

# client <statement>: of Python, with a client `c`; goes on until it is killed. $client is its process.
client() {
  rm -f is_ready
  mkfifo is_ready
  PYTHONPATH=$here python3 -c "import time; from nbd_client import *; c = Client('drive.sock')
$1
print('ready', flush=True); time.sleep(100)" >is_ready 2>client.log &
  client=$!
  read -r _ <is_ready || fail "the client: $(cat client.log)"
}
end_client() {
  kill -9 "$client"
  wait "$client" 2>/dev/null || true
}

kept=(--device small.json --data-file drive.data --save-state drive.state)
serve --device small.json --capture drive.trace
protocol
end_server TERM
"$ssd" replay drive.trace --device small.json >/dev/null || fail 'the trace of all this'
serve "${kept[@]}"
protocol
end_server INT
"$ssd" state check drive.state >/dev/null

# A client that is killed with requests outstanding, whose answers fill its socket, takes nobody along.
# (Some versions of nbdkit abort then, by themselves.)
serve "${kept[@]}" --state drive.state
for size in 4k 64k 256k 4k 64k 256k; do
  fio --name=job --ioengine=nbd --uri="$uri" --thread=1 --rw=randread --size=64M --bs=$size \
    --iodepth=32 --time_based --runtime=60 >fio.log 2>&1 &
  client=$!
  sleep 0.3 # somewhere in the middle
  end_client
  [ "$(nbdinfo --size "$uri")" = 67108864 ] || fail "killing a client ends the server: $(cat server.log)"
done
client 'for page in range(60): c.send(READ, page << 20, 1 << 20)'
end_client
protocol
end_server TERM

# Nobody has to leave, nor read, nor finish what he began to say, for a drive to be saved.
for state in 'pass' 'c.socket.sendall(b"%\x60")' 'c.send(WRITE, 4096, 100000, b"half")' \
  'for page in range(60): c.send(READ, page << 20, 1 << 20)'; do
  rm -f drive.state
  serve --device small.json --data-file drive.data --save-state drive.state --report report.json
  client "$state"
  SECONDS=0
  end_server TERM
  [ "$SECONDS" -lt 20 ] || fail "it took $SECONDS s to end while a client did: $state"
  end_client
  "$ssd" state check drive.state >/dev/null || fail "no state, since a client did: $state"
  of_report report.json r >/dev/null
done

# Nor has a drive to be ready. (It takes some seconds to fill this one.)
sed 's/"64MiB"/"256GiB"/; s/"blocks_per_plane": 72/"blocks_per_plane": 1100000/; /namespaces/d' small.json >huge.json
"$ssd" serve --device huge.json --fill random --socket drive.sock >uri 2>server.log &
server=$!
until [ -S drive.sock ]; do
  kill -0 "$server" || fail "the server: $(cat server.log)"
  sleep 0.05
done
sleep 0.2 # in the middle of it
kill -INT "$server"
! wait "$server" || fail 'a drive that was not ready ended with success'
server=
grep -q 'ended before the drive was ready' server.log || fail "$(cat server.log)"
[ ! -e drive.sock ] || fail 'a server that was not ready has left its socket'

# After kill -9 the data is what it was, with the state that was saved last.
serve "${kept[@]}"
qemu-io -f raw -c 'write -P 7 5000 1000000' -c flush "$uri" >out || fail "qemu-io: $(cat out)"
kill -9 "$server"
wait "$server" 2>/dev/null || true
server=
[ -S drive.sock ] || fail 'this is no kill'
serve "${kept[@]}" --state drive.state
qemu-io -f raw -c 'read -P 7 5000 1000000' "$uri" >out
! grep -qi 'failed\|error' out || fail "after kill -9: $(cat out)"
fails 'drive.data is in use by another device' "$ssd" serve "${kept[@]}" --socket other.sock
[ ! -e other.sock ] || fail 'a server that could not start has left its socket'
end_server TERM

# What cannot be written at the end is an error, of which the rest is spared.
serve "${kept[@]}" --state drive.state --report nowhere/report.json --capture /dev/full
qemu-io -f raw -c 'write 0 4096' "$uri" >out
before=$(stat -c %Y.%i drive.state)
kill "$server"
! wait "$server" || fail 'a report that was not written is no error'
server=
grep -q 'nowhere/report.json' server.log || fail "$(cat server.log)"
grep -q '/dev/full: cannot write the trace: No space left on device' server.log || fail "$(cat server.log)"
[ "$(stat -c %Y.%i drive.state)" != "$before" ] || fail 'the state was not saved'
[ ! -e drive.sock ] || fail 'the socket was left behind'

# What cannot begin.
fails 'data-file and report are one file' "$ssd" serve --device small.json --data-file x --report x
python3 -c 'import socket, time
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(); print(s.getsockname()[1], flush=True)
time.sleep(100)' >port &
client=$!
until [ -s port ]; do sleep 0.05; done
fails 'Address already in use' "$ssd" serve --device small.json --port "$(cat port)"
end_client
fails 'No such file or directory' "$ssd" serve --device small.json --socket absent/drive.sock
