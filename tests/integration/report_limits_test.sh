#!/bin/bash
# report_limits_test.sh <gantry> <gantry-ssd>: what limits a drive, as reports say it, of drives and
# workloads that are simulated here and of which it is known.
set -euo pipefail
gantry=$1
ssd=$2
. "$(dirname -- "$0")/peer_image.sh"
. "$(dirname -- "$0")/expectations.sh"
need python3
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

# drive <name> <group>=<key>=<value>...: ref-a with other values of some keys.
drive() {
  "$ssd" config init ref-a >ref-a.json
  python3 - "$@" <<'EOF'
import json, sys

name, *changes = sys.argv[1:]
drive = json.load(open("ref-a.json"))
for change in changes:
    group, key, value = change.split("=")
    drive[group][key] = int(value) if value.isdigit() else value
json.dump(drive, open(name + ".json", "w"))
EOF
}

# limit <part> <text of the sentence> <option of gantry ssd run>...
limit() {
  local part=$1 text=$2 found
  shift 2
  "$ssd" run "$@" --json >run.json 2>run.log || fail "run $*: $(cat run.log)"
  "$gantry" report --device run.json --json >report.json
  found=$(python3 -c 'import json
limit = json.load(open("report.json"))["runs"][0]["limit"]
print(limit["part"] + ": " + limit["sentence"])')
  [[ $found == "$part: "* && $found == *"$text"* ]] || fail "of $*: not $part, $text, but $found"
}

drive slow-link link=bandwidth=100MB/s
drive slow-channel channel=bandwidth=20MB/s
drive slow-controller front_end=command_cost=10us
drive few-commands front_end=commands_in_device=4
drive small-buffer write_buffer=size=32KiB write_buffer=latency=2us
drive large-buffer write_buffer=size=64MiB write_buffer=latency=2us
read=(--fill sequential --read 100% --time 20ms)
write=(--read 0% --time 20ms)

limit link 'The link to the host limits this drive: 100.0 % busy' \
  --device slow-link.json "${read[@]}" --queue-depth 64
limit channels 'waiting for a channel and on it.' \
  --device slow-channel.json "${read[@]}" --queue-depth 64
limit dies '100.0 % of that with reads, and' --device ref-a "${read[@]}" --queue-depth 256
limit dies '100.0 % of that with programs, and' --device ref-a "${write[@]}" --queue-depth 256
limit dies 'waiting for room in the write buffer.' \
  --device intel-750-like --read 0% --queue-depth 32 --time 1s
limit 'garbage collection' 'of the mean latency is waiting for it.' \
  --device ref-a --fill random --read 0% --queue-depth 64 --time 100ms
limit 'write buffer' 'is waiting for room in it' \
  --device small-buffer.json "${write[@]}" --queue-depth 64
limit controller 'waiting for it to take a command up' \
  --device slow-controller.json "${read[@]}" --queue-depth 64
limit controller 'waiting for it to take a command up' \
  --device few-commands.json "${read[@]}" --queue-depth 64
limit 'queue depth' 'with 1 command at a time' --device ref-a "${read[@]}" --queue-depth 1
limit 'queue depth' 'with 8 commands at a time' --device ref-a "${read[@]}" --queue-depth 8
limit 'queue depth' 'with 1 command at a time' \
  --device slow-controller.json "${read[@]}" --queue-depth 1
limit 'queue depth' "is the write buffer's access" \
  --device large-buffer.json --read 0% --queue-depth 1 --time 2ms
# The dies are busy with what the buffer has taken, and no command waits for them.
limit 'queue depth' 'waiting for the link and on it' --device 970-pro-like --pattern sequential \
  --read 0% --queue-depth 1 --block-size 128KiB --time 200ms
limit 'host rate' 'at 2k/s the dies' --device ref-a "${read[@]}" --rate 2k/s
limit dies 'commands at a higher rate would give more' --device ref-a "${read[@]}" --rate 350k/s
limit dies 'The dies limit this drive' --device ref-a "${read[@]}" --rate 900k/s
limit 'host pauses' 'it waits 1ms after each command' \
  --device ref-a "${read[@]}" --queue-depth 4 --think 1ms
limit nothing 'Nothing was measured' --device ref-a --fill sequential --read 100% --time 1us
