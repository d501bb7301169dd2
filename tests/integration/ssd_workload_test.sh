#!/bin/bash
# ssd_workload_test.sh <gantry-ssd> <traces>: workloads and traces on the simulator's command line.
set -euo pipefail
ssd=$1
traces=$2
. "$(dirname -- "$0")/expectations.sh"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

# sum <command>...: the digest of what it prints.
sum() { "$@" 2>/dev/null | sha256sum; }

# One read takes 290 + 50,000 + 8,192 + 1,330 ns.
"$ssd" run --device ref-a --fill --commands 1000 >report
grep -q '^commands      1000 (16719 IOPS, 68.5 MB/s)$' report || fail "run: $(cat report)"
grep -q '^  read  .* 59.81 us' report || fail "run: $(cat report)"

# The same input gives the same bytes, and other numbers give others.
mixed=(run --device ref-a --fill random --read 30% --pattern zipf:0.99 --queue-depth 16 --time 20ms
  --json --histogram --csv)
one=$(sum "$ssd" "${mixed[@]}" one.csv)
[[ $one == "$(sum "$ssd" "${mixed[@]}" two.csv)" ]] || fail 'two runs differ'
cmp one.csv two.csv
[[ $(head -1 one.csv) == time_ns,reads,writes,* ]] || fail "csv: $(head -1 one.csv)"
[[ $one != "$(sum "$ssd" "${mixed[@]}" two.csv --seed 2)" ]] || fail 'the seed does not matter'

# A report holds what it takes to make it again.
"$ssd" run --device femu-default --fill --read 40% --trim 5% --pattern hot-cold:90%/10% --rate 3k/s \
  --arrivals bursty --streams 2 --commands 3000 --warm-up 1ms --seed 9 --json >first.json
python3 -c '
import hashlib, json
made = json.load(open("first.json"))
text = json.dumps(made["device"]["description"], indent=2, ensure_ascii=False) + "\n"
assert hashlib.sha256(text.encode()).hexdigest() == made["device"]["sha256"]
open("again-device.json", "w").write(text)
for name, value in made["workload"].items():
    if value is not None:
        print(f"--{name}={value}")' >options
mapfile -t options <options
"$ssd" run --device ./again-device.json "${options[@]}" --json >again.json
cmp first.json again.json || fail 'a report made from a report differs'

# A sweep does not depend on the number of threads.
points=(sweep --device ref-a --fill --time 5ms --vary 'queue-depth=1,4,32'
  --vary '/scheduling/order=first-come,reads-first' --json)
"$ssd" "${points[@]}" --jobs 1 >points.json 2>/dev/null
[[ $(grep -c '"point"' points.json) == 6 ]] || fail 'not all points'
[[ $(sum cat points.json) == "$(sum "$ssd" "${points[@]}" --jobs 2)" ]] || fail 'threads matter'
# A key is varied as if somebody had changed the file: what else it says stays as it is written.
echo '{"over_provisioning": "20%", "geometry": {"channels": 2, "blocks_per_plane": 64}}' >small.json
"$ssd" sweep --device small.json --fill --commands 10 --vary /geometry/channels=1,2 \
  --vary /over_provisioning=25%,50% --json >varied.json 2>/dev/null
python3 -c '
import json
pages = [point["report"]["pages"]["logical"] for point in json.load(open("varied.json"))["points"]]
assert abs(pages[2] - 2 * pages[0]) <= 1 and abs(pages[3] - 2 * pages[1]) <= 1, pages
assert abs(pages[0] * 1.25 / (pages[1] * 1.5) - 1) < 0.001, pages'
"$ssd" sweep --device small.json --fill --commands 10 --vary /capacity=16MiB --json >varied.json \
  2>/dev/null
grep -q '"logical": 4096,' varied.json || fail "capacity: $(grep logical varied.json)"
fails "did you mean 'dies_per_chip'" "$ssd" sweep --device ref-a --vary /geometry/dice_per_chip=4
fails 'no place in the device' "$ssd" sweep --device ref-a --vary '/a~3=4'
fails 'knows no "foo"' "$ssd" sweep --device ref-a --vary foo=4

# A namespace is a part of the device: this one has 1024 pages.
echo '{"capacity": "7GiB", "namespaces": [{"size": "1GiB"}, {"name": "log", "size": "4MiB"}]}' >two.json
"$ssd" run --device two.json --namespace log --pattern sequential --read 0% --commands 2000 --json >log.json
grep -q '"mapped": 1024,' log.json || fail "namespace: $(grep mapped log.json)"
part=(run --device two.json --pattern sequential --read 0% --commands 2000 --namespace)
[[ $(sum "$ssd" "${part[@]}" 2) == "$(sum "$ssd" "${part[@]}" log)" ]] || fail 'a namespace has two names'
fails 'there is no namespace "3"' "$ssd" run --device two.json --namespace 3
fails 'the device has 2: 1 to 2, or log' "$ssd" replay "$traces/msr.csv" --device two.json --namespace lag

# What cannot be is said with the option's name.
fails '--pattern cannot be "zipf:x"' "$ssd" run --device ref-a --pattern zipf:x
fails '--read cannot be "101%"' "$ssd" run --device ref-a --read 101%
fails '--rate cannot be "fast"' "$ssd" run --device ref-a --rate fast
fails '--block-size cannot be "5000B"' "$ssd" run --device ref-a --block-size 5000B
fails '--fill cannot be "half"' "$ssd" run --device ref-a --fill half
fails 'slower than the commands come' "$ssd" run --device ref-a --read 0% --rate 100M/s

# Traces.
"$ssd" trace info "$traces/blkparse.txt" >info.txt
grep -q '^requests      6 of 15 lines$' info.txt || fail "info: $(cat info.txt)"
"$ssd" trace convert "$traces/blktrace.bin" --to fio3 >converted
[[ $(tail -3 converted) == '1 device write 2097152 8192
2 device trim 4194304 1048576
3 device sync 0 0' ]] || fail "convert: $(cat converted)"
fails 'cannot hold a trim' "$ssd" trace convert "$traces/fio3.log" --to msr
fails '0 of 1 lines parsed: line 1 is "nothing"' "$ssd" trace info <(echo nothing)
fails 'there is no format' "$ssd" trace info converted --format fio4

"$ssd" replay "$traces/msr.csv" --device ref-a --until 2 --explain >explained
[[ $(head -1 explained) == 'request 2: write of 2 pages from page '*', at 1332052600 ns, took '* ]] ||
  fail "explain: $(cat explained)"
took=$(sed -n '1s/.* took \([0-9]*\) ns/\1/p' explained)
[[ $(awk 'NR > 1 && NR < 8 { sum += $2 } END { print sum }' explained) == "$took" ]] || fail 'parts do not add up'
fails 'there is no request 9' "$ssd" replay "$traces/msr.csv" --device ref-a --until 9 --explain
fails 'the request ends at byte' "$ssd" replay "$traces/alibaba.csv" --device ref-a --beyond error
"$ssd" replay "$traces/msr.csv" --device ref-a --json >replayed.json
digest=$(sha256sum <"$traces/msr.csv")
for part in "\"sha256\": \"${digest%% *}\"" '"format": "msr"' '"queue-depth": null' '"gantry": "'; do
  grep -qF "$part" replayed.json || fail "replay --json lacks $part"
done
(cat "$traces/mqsim.trace" && echo rubbish) >broken
fails 'broken:3: 1 fields are not the 5 of mqsim' "$ssd" replay broken --device ref-a

# Why a command took its time: in the same run with all that came after it.
printf '0 0 0 8 1\n0 0 256 8 1\n' >one-die.trace
"$ssd" replay one-die.trace --device ref-a --fill --until 2 --explain >explained
grep -qx '  behind  *58482 ns  read of page 0 for request 1' explained ||
  fail "explain: $(cat explained)"
"$ssd" run --device ref-a --fill random --read 50% --queue-depth 64 --until 20002 --explain --json | python3 -c '
import json, sys
why = json.load(sys.stdin)
assert sum(why["time_ns"].values()) == why["latency_ns"], why
flash = why["flash"]
waited = sum(cause["time_ns"] for cause in flash["die_behind"])
own = flash["array_ns"] + flash["channel_wait_ns"] + flash["transfer_ns"]
assert waited + own == flash["end_ns"] - flash["begin_ns"], why'
fails '--explain and --until go together' "$ssd" run --device ref-a --explain

# An interrupted run prints what there is.
"$ssd" run --device ref-a --fill --queue-depth 8 --time 100000s >report 2>log &
run=$!
for _ in $(seq 300); do
  ! grep -q 's left$' log || break
  sleep 0.1
done
kill -INT "$run"
code=0
wait "$run" || code=$?
[[ $code == 130 ]] || fail "interrupted: exit code $code"
grep -q '^simulated .*, interrupted$' report || fail "interrupted: $(cat report)"
grep -q 's left$' log || fail "progress: $(cat log)"
