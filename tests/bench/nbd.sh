#!/bin/bash
# nbd.sh <gantry-ssd> <plugin>: what the simulated drive as a block device costs over nbdkit's own
# memory plugin, in turns, medians of three; and whether a drive of 100 us is one. By fio's nbd engine.
set -euo pipefail
ssd=$1
plugin=$2
scratch=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$scratch"' EXIT
cd "$scratch"

# A drive that takes nearly no time, so that what is left is ours; and one that takes 100 us.
geometry='"geometry": {"channels": 8, "chips_per_channel": 4, "blocks_per_plane": 64}'
cat >fast.json <<JSON
{"name": "fast", $geometry, "capacity": "256MiB", "channel": {"bandwidth": "unlimited"},
 "nand": {"read": ["0ns"], "program": ["0ns"], "erase": "0ns", "command": "100ns"}}
JSON
cat >hundred.json <<JSON
{"name": "hundred", $geometry, "capacity": "1GiB", "channel": {"bandwidth": "500MB/s"},
 "nand": {"read": ["91518ns"], "program": ["600us"], "erase": "3ms", "command": "290ns"}}
JSON

# serve <argument of nbdkit>...: our plugin as gantry ssd serve has it, before the C library.
serve() {
  local first=
  [ "$1" != "$plugin" ] || first=$plugin
  rm -f sock
  LD_PRELOAD=$first nbdkit --foreground --threads=64 --unix "$scratch/sock" "$@" 2>>server.log &
  server=$!
  for _ in $(seq 100); do
    [ ! -S sock ] || return 0
    sleep 0.02
  done
  cat server.log
  exit 1
}

end_server() {
  kill "$server"
  wait "$server"
  server=
}

# measure <queue depth> <seconds>: "IOPS mean" of random reads, the mean in nanoseconds.
measure() {
  fio --name=job --ioengine=nbd --uri="nbd+unix:///?socket=$scratch/sock" --rw=randread --bs=4k \
    --iodepth="$1" --time_based --ramp_time=300ms --runtime="$2" --size=240M --thread=1 \
    --output-format=json --output=fio.json >/dev/null
  python3 -c 'import json
text = open("fio.json").read()  # with a greeting before it
job = json.loads(text[text.index("{"):])["jobs"][0]["read"]
print(job["iops"], job["lat_ns"]["mean"])'
}

# median <file> <column>
median() {
  awk -v column="$2" '{ print $column }' "$1" | sort -n | sed -n 2p
}

for _ in 1 2 3; do
  serve memory 256M
  measure 1 1 >>memory.1
  measure 32 1 >>memory.32
  end_server
  serve "$plugin" fast.json fill=sequential
  measure 1 1 >>fast.1
  measure 32 1 >>fast.32
  end_server
  serve "$plugin" hundred.json fill=sequential report="$scratch/report.json"
  measure 1 1 >>hundred.1
  end_server
done
model=$("$ssd" run --device hundred.json --fill --queue-depth 1 --commands 1000 --json |
  python3 -c 'import json, sys
print(json.load(sys.stdin)["report"]["opcodes"]["read"]["latency_ns"]["mean"])')
late=$(python3 -c 'import json
d = json.load(open("report.json"))["delivery"]
print(round(100 * d["late"] / d["delivered"], 2), round(d["mean_lateness_ns"] / 1000, 2))')

awk -v m1="$(median memory.1 2)" -v g1="$(median fast.1 2)" -v m32="$(median memory.32 1)" \
  -v g32="$(median fast.32 1)" -v h="$(median hundred.1 2)" -v model="$model" -v late="$late" '
function verdict(is_kept) { return is_kept ? "kept" : "MISSED" }
BEGIN {
  split(late, l, " ")
  adds = verdict(g1 - m1 <= 8000)
  keeps = verdict(0.85 * m32 <= g32)
  delivers = verdict(h <= 1.05 * model && 0.95 * model <= h)
  printf "queue depth 1    memory %8.2f us   simulated %8.2f us   adds %5.2f us (8 at most: %s)\n",
    m1 / 1000, g1 / 1000, (g1 - m1) / 1000, adds
  printf "queue depth 32   memory %8.0f IOPS simulated %8.0f IOPS keeps %4.1f %% (85 at least: %s)\n",
    m32, g32, 100 * g32 / m32, keeps
  printf "a drive of 100 us: model %.2f us, delivered %.2f us, off by %.2f %% (5 at most: %s)\n",
    model / 1000, h / 1000, 100 * (h / model - 1), delivers
  printf "                   %.2f %% of its answers later than 10 us, %.2f us late on average\n", l[1], l[2]
}'
