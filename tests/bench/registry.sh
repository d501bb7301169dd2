#!/bin/sh
# registry.sh GANTRY MEASURE [RUNS]: both are absolute paths.
#
# Pushes and pulls an image of some 200 MB with gantry and with Debian's umoci and skopeo, in turns,
# against Debian's docker-registry on loopback, and prints medians, request counts, and what Gantry
# promises. GANTRY is a program of an optimised build, MEASURE the one beside this script. The input
# is what image.sh unpacks, below GANTRY_BENCH_DIR (default: /dev/shm/gantry-bench); all files are
# on tmpfs.
set -eu

gantry=$1
measure=$2
runs=${3:-5}
work=${GANTRY_BENCH_DIR:-/dev/shm/gantry-bench}
tree=$work/tree
out=$work/registry
results=$work/registry-results
port=${GANTRY_BENCH_PORT:-5078}
host=127.0.0.1:$port

for program in docker-registry skopeo umoci curl; do
  command -v "$program" >/dev/null || {
    echo "registry.sh: $program is not installed" >&2
    exit 1
  }
done
[ -f "$work/tree.complete" ] || {
  echo "registry.sh: run image.sh (the target gantry_image_bench) first: it unpacks the tree" >&2
  exit 1
}

# No later time than the files have.
export SOURCE_DATE_EPOCH=1700000000

start_registry() {
  cat >"$out/config.yml" <<END
version: 0.1
log: {level: error, accesslog: {disabled: false}}
storage: {filesystem: {rootdirectory: $out/data}, delete: {enabled: true}}
http: {addr: $host}
END
  docker-registry serve "$out/config.yml" >"$out/access.log" 2>"$out/error.log" &
  registry=$!
  trap 'kill "$registry" 2>/dev/null || true; rm -rf "$out"' EXIT
  until curl --silent --output "$out/ready" "http://$host/v2/"; do sleep 0.1; done
}

# timed NAME COMMAND...
timed() {
  name=$1
  shift
  "$measure" "$results/$name" "$@" >"$out/stdout"
}

# counted NAME COMMAND...: as timed, and keeps how many requests it took.
counted() {
  before=$(wc -l <"$out/access.log")
  timed "$@"
  sleep 0.05 # the log is written after the answer
  echo $(($(wc -l <"$out/access.log") - before)) >"$results/$1.requests"
}

median() { # NAME COLUMN
  sort -n -k "$2,$2" "$results/$1" | awk -v column="$2" '
    { value[NR] = $column }
    END { print NR % 2 ? value[(NR + 1) / 2] : (value[NR / 2] + value[NR / 2 + 1]) / 2 }'
}

largest() {
  sort -n -k "$2,$2" "$results/$1" | awk -v column="$2" 'END { print $column }'
}

# A new binary of 1 MiB.
change() {
  mkdir -p "$out/change"
  head -c 1048576 /dev/urandom >"$out/change/binary"
}

# Nothing is known from before: each run has caches, layouts and repositories of its own.
run_gantry() { # RUN
  export GANTRY_CACHE_DIR="$out/cache-$1"
  repository=$host/gantry-$1
  # shellcheck disable=SC2016 # for the inner shell
  counted gantry-cold sh -ec '"$1" image build --quiet --layer "$2" --to "oci:$3:a"
    "$1" image publish --to "$4:latest" "oci:$3:a"' sh "$gantry" "$tree" "$out/gantry" "$repository"
  counted gantry-unchanged "$gantry" image publish --to "$repository:latest" "oci:$out/gantry:a"
  change
  "$gantry" image build --quiet --base "oci:$out/gantry:a" --layer "$out/change" \
    --to "oci:$out/gantry:b"
  counted gantry-change "$gantry" image publish --to "$repository:latest" "oci:$out/gantry:b"
  counted gantry-pull "$gantry" image pull "$repository:latest" --to "oci:$out/pulled"
  rm -rf "$out/pulled" "$out/gantry" "$out/cache-$1"
}

run_peers() { # RUN
  export XDG_DATA_HOME="$out/data-$1"
  repository=docker://$host/peers-$1
  # shellcheck disable=SC2016 # for the inner shell
  counted peers-cold sh -ec 'umoci init --layout "$1"
    umoci new --image "$1:a"
    umoci insert --image "$1:a" "$2" /
    skopeo copy --quiet --dest-tls-verify=false "oci:$1:a" "$3:latest"' \
    sh "$out/umoci" "$tree" "$repository"
  counted peers-unchanged skopeo copy --quiet --dest-tls-verify=false "oci:$out/umoci:a" \
    "$repository:latest"
  change
  umoci insert --image "$out/umoci:a" --tag b "$out/change" /srv
  counted peers-change skopeo copy --quiet --dest-tls-verify=false "oci:$out/umoci:b" \
    "$repository:latest"
  # The very image that gantry pulls, without what skopeo's cache of blobs might know.
  counted peers-pull skopeo copy --quiet --src-tls-verify=false \
    "docker://$host/gantry-$1:latest" "oci:$out/pulled:latest"
  rm -rf "$out/pulled" "$out/umoci" "$out/data-$1"
}

row() { # NAME LABEL
  printf '%-34s %8.4f %8.4f %8.1f %9s\n' "$2" "$(median "$1" 1)" "$(median "$1" 2)" \
    "$(awk -v kb="$(largest "$1" 3)" 'BEGIN { print kb * 1.024 / 1000 }')" \
    "$(cat "$results/$1.requests")"
}

# promise TEXT VALUE RELATION BOUND: RELATION is <=, >= or ==
promise() {
  verdict=$(awk -v value="$2" -v relation="$3" -v bound="$4" 'BEGIN {
    met = relation == "<=" ? value <= bound : relation == ">=" ? value >= bound : value == bound
    print met ? "met" : "missed" }')
  printf '%-8s %-60s %s %s %s\n' "$verdict" "$1" "$2" "$3" "$4"
}

ratio() { awk -v a="$(median "$1" 1)" -v b="$(median "$2" 1)" 'BEGIN { printf "%.2f", a / b }'; }
milliseconds() { awk -v s="$(median "$1" 1)" 'BEGIN { printf "%.1f", s * 1000 }'; }

report() {
  printf '\n%s; %s cores; medians of %s runs in turns, RSS the largest\n' \
    "$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" "$runs"
  printf '%-34s %8s %8s %8s %9s\n' "" "wall s" "CPU s" "RSS MB" "requests"
  row gantry-cold "gantry: build and push"
  row peers-cold "umoci, skopeo: build and push"
  row gantry-change "gantry: push of a change of 1 MiB"
  row peers-change "skopeo: push of a change of 1 MiB"
  row gantry-unchanged "gantry: push of what is there"
  row peers-unchanged "skopeo: push of what is there"
  row gantry-pull "gantry: pull"
  row peers-pull "skopeo: pull"
  printf '\n'
  promise "build and push: times faster than umoci and skopeo" \
    "$(ratio peers-cold gantry-cold)" ">=" 2.5
  promise "a change of 1 MiB: milliseconds" "$(milliseconds gantry-change)" "<=" 30
  promise "what is there: milliseconds" "$(milliseconds gantry-unchanged)" "<=" 10
  promise "what is there: requests" "$(cat "$results/gantry-unchanged.requests")" "==" 1
  promise "pull: times faster than skopeo" "$(ratio peers-pull gantry-pull)" ">=" 1.4
  promise "build and push of 2 blobs: requests" "$(cat "$results/gantry-cold.requests")" "<=" 6
  promise "pull of 3 blobs: requests" "$(cat "$results/gantry-pull.requests")" "<=" 4
  for name in cold change unchanged pull; do
    promise "$name: MB resident at most" \
      "$(awk -v kb="$(largest gantry-$name 3)" 'BEGIN { print kb * 1.024 / 1000 }')" "<=" 48
  done
}

rm -rf "$out" "$results"
mkdir -p "$out" "$results"
start_registry
for run in $(seq 1 "$runs"); do
  printf 'run %s of %s\n' "$run" "$runs" >&2
  run_gantry "$run"
  run_peers "$run"
  rm -rf "$out/data"
done
report
