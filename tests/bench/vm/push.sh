#!/bin/bash
# push.sh <gantry-vm> <checkpoint> <one that went on from it> <store> [<runs>]: pushes both to Debian's
# docker-registry on loopback and pulls the second into an empty store, and prints medians of seconds
# and the bytes: of all, of the second stage alone, and of what zstd makes of the same files (and casync
# of the memory, where it is installed). The files are KEY files, as gantry vm build writes them. All
# else is below GANTRY_BENCH_DIR (default: /dev/shm/gantry-bench), which needs room for the checkpoints.
set -euo pipefail
vm=$1 first=$(realpath "$2") second=$(realpath "$3") store=$(realpath "$4") runs=${5:-3}
# shellcheck source=tests/integration/docker_registry.sh
. "$(dirname -- "$0")/../../integration/docker_registry.sh"
for program in docker-registry jq zstd curl; do
  command -v "$program" >/dev/null || {
    echo "push.sh: $program is not installed" >&2
    exit 1
  }
done
mkdir -p "${GANTRY_BENCH_DIR:-/dev/shm/gantry-bench}"
scratch=$(mktemp -d "${GANTRY_BENCH_DIR:-/dev/shm/gantry-bench}/push.XXXXXX")
cleanup() {
  [ -z "${docker_registry_pid:-}" ] || kill "$docker_registry_pid" 2>/dev/null || true
  rm -rf "$scratch"
}
trap cleanup EXIT
export GANTRY_CACHE_DIR=$scratch/cache

# timed <name> <command>...: its seconds are a line of <name>, what it says is <name>.json.
timed() {
  local name=$1 begin
  shift
  begin=$(date +%s.%N)
  "$@" >"$scratch/$name.json"
  echo "$(date +%s.%N) - $begin" | bc >>"$scratch/$name"
}
median() {
  sort -n "$scratch/$1" | sed -n "$(((runs + 1) / 2))p"
}
# packed <file>...: what one stream of zstd makes of their bytes, with holes as zeros.
packed() {
  cat "$@" | zstd -q -3 -T0 | wc -c
}

"$vm" probe >/dev/null # is not what is measured
for ((run = 0; run < runs; ++run)); do
  rm -rf "$scratch/registry" "$scratch/pulled" "$store/packed"
  port=$(free_port)
  start_docker_registry "$scratch/registry" "$port"
  place=127.0.0.1:$port/bench/guest
  timed full "$vm" push "$first" --store "$store" "$place:first" --json
  timed delta "$vm" push "$second" --store "$store" "$place:second" --json
  timed again "$vm" push "$second" --store "$store" "$place:second" --json
  timed pull "$vm" pull "$place:second" --store "$scratch/pulled" --json
  kill "$docker_registry_pid"
  wait "$docker_registry_pid" || true
  docker_registry_pid=
done

full=$(jq .sentBytes "$scratch/full.json") delta=$(jq .sentBytes "$scratch/delta.json")
one=$store/checkpoints/$(cat "$first") two=$store/checkpoints/$(cat "$second")
printf '%-44s %14s %10s\n' '' bytes seconds
printf '%-44s %14d %10.2f\n' 'push, nothing there' "$full" "$(median full)"
printf '%-44s %14d %10.2f\n' 'push of the stage on it' "$delta" "$(median delta)"
printf '%-44s %14d %10.2f\n' 'push of the same again' "$(jq .sentBytes "$scratch/again.json")" "$(median again)"
printf '%-44s %14d %10.2f\n' 'pull into an empty store' "$(jq .fetchedBytes "$scratch/pull.json")" "$(median pull)"
begin=$(date +%s.%N)
raw=$(packed "$one"/{ram,devices} "$one"/disk*.qcow2 "$store"/inputs/*)
took=$(echo "$(date +%s.%N) - $begin" | bc)
printf '%-44s %14d %10.2f\n' 'zstd -3 of the files of the first' "$raw" "$took"
begin=$(date +%s.%N)
next=$(packed "$two"/{ram,devices} "$two"/disk*.qcow2)
took=$(echo "$(date +%s.%N) - $begin" | bc)
printf '%-44s %14d %10.2f\n' 'zstd -3 of the files of the second' "$next" "$took"
if command -v casync >/dev/null; then
  mkdir "$scratch/chunks"
  casync make --store="$scratch/chunks" "$scratch/one.caibx" "$one/ram" >/dev/null
  before=$(du -sb "$scratch/chunks" | cut -f1)
  begin=$(date +%s.%N)
  casync make --store="$scratch/chunks" "$scratch/two.caibx" "$two/ram" >/dev/null
  took=$(echo "$(date +%s.%N) - $begin" | bc)
  printf '%-44s %14d %10.2f\n' 'casync, new chunks of the memory' \
    "$(($(du -sb "$scratch/chunks" | cut -f1) - before))" "$took"
fi
printf 'the stage is 1/%.0f of a full push (at least 1/10 is promised)\n' "$(echo "$full / $delta" | bc -l)"
