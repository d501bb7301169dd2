#!/bin/bash
# report_test.sh <gantry> <gantry-ssd> <samples>: reports of real runs, looked at in Chromium: they ask
# the network for nothing, axe finds nothing wrong with them, and their figures are those of the
# inputs. With GANTRY_SCREENSHOTS=DIR the screenshots are kept there.
set -euo pipefail
gantry=$1
ssd=$2
samples=$3
here=$(cd "$(dirname -- "$0")" && pwd)
. "$here/peer_image.sh"
. "$here/expectations.sh"
need node npm python3
CHROMIUM=$(command -v chromium || command -v chromium-browser || command -v google-chrome) ||
  skip 'chromium is not installed'
export CHROMIUM
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

cp "$here"/report/{package.json,package-lock.json,look.mjs} .
npm ci --ignore-scripts --no-audit --no-fund >npm.log 2>&1 || {
  cat npm.log
  skip 'npm cannot get playwright-core and axe-core'
}

# Wrong inputs are refused with the file, the place and what is wrong.
mkdir pages
"$ssd" run --device ref-a --fill random --read 70% --queue-depth 32 --time 200ms --json --histogram \
  --csv mixed.csv >mixed.json
sed 's/"iops": [0-9.]*/"iops": NaN/' mixed.json >wrong.json
fails 'wrong.json: not JSON: line ' "$gantry" report --device wrong.json --html no.html
sed 's/"iops": [0-9.]*/"iops": -1/' mixed.json >wrong.json
fails 'wrong.json: /report/iops must be a number from 0' "$gantry" report --device wrong.json
fails 'mixed.csv: not JSON: line 1' "$gantry" report --device mixed.csv
fails 'mixed.json:1: not a time series' "$gantry" report --device mixed.json --series mixed.json
fails 'hint: see --csv of gantry ssd run' "$gantry" report --device mixed.json --series mixed.json
fails 'mixed.json: /fio version is missing: it must be a string' "$gantry" report --device mixed.json --fio mixed.json
fails -- '--device is required' "$gantry" report --html no.html
fails 'two runs are called "a"' "$gantry" report compare --run a=mixed.json --run a=mixed.json
fails '--run cannot be "mixed.json"' "$gantry" report compare --run mixed.json
fails '/points is missing' "$gantry" report sweep --sweep mixed.json
[[ ! -e no.html ]] || fail 'a page in spite of an error'

# Real runs.
"$ssd" run --device ref-a --fill --queue-depth 1 --commands 2000 --json >plain.json
"$ssd" run --device femu-default --fill --read 30% --trim 5% --flush-every 50 --queue-depth 64 \
  --time 50ms --json --histogram --csv big.csv >big.json
"$ssd" sweep --device ref-a --fill random --read 50% --vary /capacity=7GiB,6GiB,5GiB \
  --vary queue-depth=1,8,64 --time 50ms --json >sweep.json 2>/dev/null
command='gantry ssd run --device ref-a --fill random --read 70% --queue-depth 32 --time 200ms'
report=("$gantry" report --device mixed.json --series mixed.csv --fio "$samples/fio.json"
  --title 'Reference drive A under a mixed load' --command "$command")
"${report[@]}" --html pages/mixed.html --markdown mixed.md >paths
grep -qx 'report pages/mixed.html' paths || fail "paths: $(cat paths)"
grep -qx -- "$command" mixed.md || fail 'Markdown without the command'
"$gantry" report --device plain.json --html pages/plain.html >/dev/null
"$gantry" report --device big.json --series big.csv --html pages/big.html >/dev/null
"$gantry" report sweep --sweep sweep.json --html pages/sweep.html >/dev/null
# The least and the most that there may be: a command, a point, 256 dies, long names of eight runs.
"$ssd" run --device ref-a --fill --read 100% --commands 1 --json --csv one.csv >one.json
"$gantry" report --device one.json --series one.csv --html pages/one.html >/dev/null
"$ssd" sweep --device ref-a --fill --vary queue-depth=4 --commands 200 --json --histogram \
  >point.json 2>/dev/null
"$gantry" report sweep --sweep point.json --html pages/point.html >/dev/null
"$ssd" sweep --device ref-a --fill --read 100% --vary queue-depth=1,2,3,4,5,6,7,8,9,10,12,14,16,20,24,32 \
  --time 2ms --json --histogram >close.json 2>/dev/null
"$gantry" report sweep --sweep close.json --html pages/close.html >/dev/null
"$ssd" config init ref-a | sed -e 's/"channels": 8/"channels": 16/' -e 's/"dies_per_chip": 1/"dies_per_chip": 4/' \
  -e 's/"capacity": "7GiB"/"capacity": "50GiB"/' >many.json
"$ssd" run --device many.json --fill --read 70% --trim 1% --queue-depth 256 --time 5ms --json --histogram \
  --csv dies.csv >dies.json
"$gantry" report --device dies.json --series dies.csv --html pages/dies.html >/dev/null
eight=()
for number in 1 2 3 4 5 6 7 8; do
  "$ssd" run --device ref-a --fill --read 70% --queue-depth $((1 << number)) --time 5ms --json \
    --histogram >"depth-$number.json"
  eight+=(--run "the drive after the change of its controller, revision $number=depth-$number.json")
done
"$gantry" report compare "${eight[@]}" --html pages/eight.html >/dev/null
mkdir run
cp mixed.json run/device.json
cp mixed.csv run/series.csv
printf '%s\n' "$command" >run/command.txt
"$gantry" report compare --run mixed=run --run 'one at a time=plain.json' --run big=big.json \
  --title 'Three drives' --html pages/compare.html >/dev/null
# A title, names and settings that try to be markup.
hostile='</script><script>alert(1)</script><img src=x onerror=alert(2)>'
sed "s|\"name\": \"ref-a\"|\"name\": \"$hostile\"|; s|\"pattern\": \"random\"|\"pattern\": \"$hostile\"|" \
  mixed.json >hostile.json
"$gantry" report --device hostile.json --title "$hostile" --command "$hostile" \
  --html pages/hostile.html >/dev/null

# The same bytes every time, and XML that others can read.
"${report[@]}" --html again.html >/dev/null
cmp pages/mixed.html again.html
python3 - mixed.json plain.json big.json <<'EOF'
import glob, json, sys
import xml.etree.ElementTree as tree

for page in glob.glob("pages/*.html"):
    tree.parse(page)

def expected(prefix, path):
    report = json.load(open(path))["report"]
    figures = {f"{prefix}/report/iops": report["iops"]}
    return figures, report

def whole(prefix, path):
    figures, report = expected(prefix, path)
    for name in ("reads", "programs", "erases", "host_pages", "moved_pages", "collection_reads"):
        figures[f"{prefix}/report/flash/{name}"] = report["flash"][name]
    for name in ("erases", "least", "most", "blocks"):
        figures[f"{prefix}/report/wear/{name}"] = report["wear"][name]
    dies = report["utilization"]["dies"]
    figures[f"{prefix}/derived/dies/most"] = max(dies)
    for kind, opcode in report["opcodes"].items():
        at = f"{prefix}/report/opcodes/{kind}"
        figures[f"{at}/commands"] = opcode["commands"]
        figures[f"{at}/latency_ns/mean"] = opcode["latency_ns"]["mean"]
        for name, value in opcode["latency_ns"]["percentiles"].items():
            figures[f"{at}/latency_ns/percentiles/{name}"] = value
    return figures

for path in sys.argv[1:] + ["one.json", "dies.json"]:
    json.dump(whole("/runs/0", path), open(f"pages/{path[:-5]}.expected.json", "w"))
json.dump(whole("/runs/0", "mixed.json"), open("pages/hostile.expected.json", "w"))
together = {}
for at, path in enumerate(sys.argv[1:]):
    together.update(expected(f"/runs/{at}", path)[0])
json.dump(together, open("pages/compare.expected.json", "w"))
json.dump({f"/runs/{at}/report/iops": expected("", f"depth-{at + 1}.json")[1]["iops"]
           for at in range(8)}, open("pages/eight.expected.json", "w"))
for name in ("sweep", "point", "close"):
    points = json.load(open(name + ".json"))["points"]
    json.dump({f"/points/{at}/report/iops": point["report"]["iops"]
               for at, point in enumerate(points)}, open(f"pages/{name}.expected.json", "w"))
EOF

status=0
node look.mjs pages || status=$?
if [[ -n ${GANTRY_SCREENSHOTS:-} ]]; then
  mkdir -p "$GANTRY_SCREENSHOTS"
  cp pages/*.png pages/*.html "$GANTRY_SCREENSHOTS"
fi
exit "$status"
