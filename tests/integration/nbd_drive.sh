# shellcheck shell=bash disable=SC2034,SC2154
# Sourced: what tests of a simulated drive as a block device have in common. $ssd is gantry-ssd.

for program in nbdkit nbdinfo nbdcopy qemu-io fio; do
  command -v "$program" >/dev/null || {
    echo "skipped: $program is not installed"
    exit 77
  }
done

scratch=$(mktemp -d)
server=
guest=
# Only what we have started is ended.
clean_up() {
  for process in $guest $server; do
    kill "$process" 2>/dev/null || continue
    wait "$process" || true
  done
  rm -rf "$scratch"
}
trap clean_up EXIT
cd "$scratch" || exit

# A drive of 64 MiB that collects garbage as soon as it has been written once, and is quick.
cat >small.json <<'JSON'
{
  "name": "small",
  "geometry": {"channels": 2, "chips_per_channel": 2, "blocks_per_plane": 72, "pages_per_block": 64},
  "capacity": "64MiB",
  "namespaces": [{"name": "left", "size": "25%"}, {"name": "right", "size": "75%"}],
  "nand": {"read": ["5us"], "program": ["20us"], "erase": "50us"},
  "write_buffer": {"size": "256KiB"}
}
JSON

# serve <option>...: $uri is where the drive is, $server its process.
serve() {
  rm -f ready
  mkfifo ready
  "$ssd" serve --socket drive.sock --progress 0 "$@" >ready 2>server.log &
  server=$!
  read -r uri <ready || fail "the server does not begin: $(cat server.log)"
}

# end_server TERM|INT: it ends by itself, with success.
end_server() {
  kill "-$1" "$server"
  wait "$server" || fail "the server ended with $?: $(cat server.log)"
  server=
  [ ! -e drive.sock ] || fail "the socket was left behind"
}

# of_report <file> <expression>: of the JSON object `r`.
of_report() {
  python3 -c 'import json, sys; r = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$@"
}
