#!/bin/bash
# nas.sh GANTRY [PART...]: what is promised of the example of a storage appliance (examples/nas), which
# its own CMake project builds below GANTRY_BENCH_DIR (default: /var/tmp/gantry-bench). It takes root,
# mmdebstrap, chromium, npm, 8 GB and ten minutes; what is built is kept, and built again if it has
# changed. PARTs: resume boot push machine; all without. GANTRY_RUNS (default: 15) is how often each
# clone is asked.
#
# resume: from the start of `gantry-vm run`, which is what gantry_add_checkpoint_test makes of a test, until
#   curl beside the clone has had a page with status 200, with the starts of the shell and of curl, and
#   the clone an identity of its own. Medians, of the appliance's front page, a file, and of a page that
#   PHP makes. As saved: from the start of `gantry-vm start --as-saved` until curl has had it.
# boot: the disk of `final`, booted by QEMU alone, until curl has had the same front page.
# push: the bytes of `final` where `start-ready` is, against where nothing is.
# machine: an empty cache and build tree, with a registry on loopback that has the checkpoints.
set -euo pipefail
gantry=$(realpath "$1")
shift
parts=${*:-resume boot push machine}
sources=$(cd "$(dirname -- "$0")/../../.." && pwd)
work=${GANTRY_BENCH_DIR:-/var/tmp/gantry-bench}/nas
# shellcheck source=tests/bench/vm/example.sh
. "$sources/tests/bench/vm/example.sh"
need cmake ninja curl node npm chromium ffmpeg mmdebstrap docker-registry qemu-system-x86_64 jq bc
mkdir -p "$work"
work=$(realpath "$work")
cleanup() {
  [ -z "${docker_registry_pid:-}" ] || kill "$docker_registry_pid" 2>/dev/null || true
  [ -z "${qemu_pid:-}" ] || kill "$qemu_pid" 2>/dev/null || true
}
trap cleanup EXIT

export GANTRY_CACHE_DIR=$work/cache
copy_example nas "$work"
configure_example "$work" "$work/build"
run_timed "$work/build.said" cmake --build "$work/build" >/dev/null
checkpoints=$work/build/gantry/checkpoints store=$work/build/gantry/vm
bar() {
  [ "$(echo "$1 <= $2" | bc -l)" = 1 ] && echo kept || echo MISSED
}

# ask <checkpoint> <page>: milliseconds of one clone.
ask() {
  local begin
  begin=$(date +%s%N)
  # shellcheck disable=SC2016 # the shell beside the clone has the port
  "${gantry}-vm" run "$checkpoints/$1.checkpoint" -- sh -c 'curl --silent --show-error --fail --output /dev/null \
    --max-time 60 --write-out "%{http_code} %{time_total} " "http://127.0.0.1:$GANTRY_VM_PORT_80/$0"
    date +%s%N' "$2" >"$work/answer"
  local status request end
  read -r status request end <"$work/answer"
  [ "$status" = 200 ]
  echo "$(((end - begin) / 1000000)) $(echo "$request * 1000 / 1" | bc)"
}

# measure_page <checkpoint> <page> <what it is> [<milliseconds at most>]
measure_page() {
  local name=$1 page=$2 what=$3 most=${4:-} run took
  for ((run = 0; run < ${GANTRY_RUNS:-15}; ++run)); do
    ask "$name" "$page"
  done >"$work/asked"
  took=$(cut -d' ' -f1 "$work/asked" | median)
  printf '%s, until %s is there: %d ms (%d to %d), of which curl took %d ms%s\n' "$name" "$what" "$took" \
    "$(cut -d' ' -f1 "$work/asked" | sort -n | head -n 1)" "$(cut -d' ' -f1 "$work/asked" | sort -n | tail -n 1)" \
    "$(cut -d' ' -f2 "$work/asked" | median)" "${most:+ ($most at most: $(bar "$took" "${most:-0}"))}"
}

# measure_as_saved <checkpoint>: its front page, of a clone without an identity of its own.
measure_as_saved() {
  local name=$1 run begin said port
  for ((run = 0; run < ${GANTRY_RUNS:-15}; ++run)); do
    begin=$(date +%s%N)
    said=$("${gantry}-vm" start "$checkpoints/$name.checkpoint" --as-saved --name "bench-$name")
    port=${said##* 80 at 127.0.0.1:}
    curl --silent --show-error --fail --output /dev/null --max-time 60 "http://127.0.0.1:${port%%,*}/"
    echo $((($(date +%s%N) - begin) / 1000000))
    "${gantry}-vm" stop "bench-$name"
  done >"$work/asked"
  local took
  took=$(median <"$work/asked")
  echo "$name as it was saved, until its front page is there: $took ms (300 at most: $(bar "$took" 300))"
}

measure_resume() {
  "$gantry" vm probe >/dev/null # is not what is measured
  ask start-ready '' >/dev/null # brings it into the page cache
  measure_as_saved start-ready
  measure_page start-ready '' 'its front page' 300
  measure_page start-ready mediawiki/mw-config/index.php 'the first page of the wizard'
  ask final '' >/dev/null
  measure_as_saved final
  measure_page final '' 'its front page' 300
  cut -d' ' -f1 "$work/asked" | median >"$work/final.resume"
  measure_page final 'mediawiki/index.php?title=Main_Page' 'the page that PHP makes'
}

measure_boot() {
  local port begin disks=$work/build/gantry/disks directory accelerator machine cpu
  directory=$store/checkpoints/$(cat "$checkpoints/final.checkpoint")
  read -r accelerator machine cpu < <(jq -r '.platform | "\(.accelerator) \(.machine) \(.cpu)"' "$directory/checkpoint.json")
  for ((run = 0; run < 3; ++run)); do
    port=$(free_port)
    begin=$(now)
    qemu-system-x86_64 -nodefaults -display none -accel "$accelerator" -machine "$machine" -cpu "$cpu" -m 1G \
      -kernel "$disks/nas.kernel" -initrd "$disks/nas.initrd" -append "$(cat "$disks/nas.command-line")" \
      -drive "file=$directory/disk.qcow2,if=virtio,snapshot=on" -serial null \
      -nic "user,model=virtio-net-pci,hostfwd=tcp:127.0.0.1:$port-:80" 2>"$work/boot.log" &
    qemu_pid=$!
    until curl --silent --fail --output /dev/null --max-time 20 "http://127.0.0.1:$port/"; do
      kill -0 "$qemu_pid"
      [ "$(echo "$(since "$begin") < 300" | bc -l)" = 1 ]
      sleep 0.05
    done
    since "$begin"
    kill "$qemu_pid"
    wait "$qemu_pid" || true
    qemu_pid=
  done >"$work/boots"
  printf 'final, booted by QEMU alone, until its page is there: %.1f s' "$(median <"$work/boots")"
  [ ! -s "$work/final.resume" ] ||
    printf ': %.0f times that' "$(echo "$(median <"$work/boots") * 1000 / $(cat "$work/final.resume")" | bc -l)"
  echo
}

# push_json <checkpoint>: to the registry that runs.
push_json() {
  "$gantry" vm push "$checkpoints/$1.checkpoint" "127.0.0.1:$port/nas:$1" --json 2>"$work/progress" >"$work/$1.json"
}

measure_push() {
  local begin took delta whole
  start_registry "$work/registry"
  rm -rf "$store/packed"
  push_json final
  whole=$(jq .sentBytes "$work/final.json")
  stop_registry
  start_registry "$work/registry"
  rm -rf "$store/packed"
  begin=$(now)
  push_json start-ready
  took=$(since "$begin")
  printf 'push of start-ready, where nothing is: %d bytes, %.1f s\n' "$(jq .sentBytes "$work/start-ready.json")" "$took"
  begin=$(now)
  push_json final
  took=$(since "$begin")
  stop_registry
  delta=$(jq .sentBytes "$work/final.json")
  printf 'push of final, where nothing is: %d bytes\n' "$whole"
  printf 'push of final, where start-ready is: %d bytes, %.1f s: 1/%.1f (1/10 at most: %s)\n' "$delta" "$took" \
    "$(echo "$whole / $delta" | bc -l)" "$(bar "$delta" "$whole / 10")"
}

measure_machine() {
  local build=$work/second took
  start_registry "$work/registry"
  push_to_cache "$work/build" "127.0.0.1:$port/cache"
  rm -rf "$build" "$work/second-cache"
  configure_example "$work" "$build" "-DGANTRY_CHECKPOINT_CACHE=127.0.0.1:$port/cache"
  export GANTRY_CACHE_DIR=$work/second-cache
  printf 'a second machine: %.1f s for the disk of the same packages, ' \
    "$(run_timed "$work/second.disk" cmake --build "$build" --target gantry_disk_of_nas)"
  took=$(run_timed "$work/second.said" cmake --build "$build")
  printf '%.1f s for both checkpoints, %.1f s for its tests\n' "$took" \
    "$(run_timed "$work/second.tests" ctest --test-dir "$build" -j2 --output-on-failure)"
  export GANTRY_CACHE_DIR=$work/cache
  stop_registry
  if has_booted "$build" "$work/second-cache" "$work/second.said"; then
    cat "$work/second.said"
    echo 'it has booted something: MISSED'
  else
    echo 'it has fetched both checkpoints, and has booted nothing: kept'
  fi
}

for part in $parts; do
  "measure_$part"
done
