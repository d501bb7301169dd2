#!/bin/bash
# builds.sh GANTRY AGENT [EXAMPLE...]: how long the examples of machines (wizard, nas; both without) take
# to build by their own CMake projects, as a table of seconds: with empty caches; after a change of
# the last stage's script; with nothing changed; and on another machine (empty caches, a new build
# tree) by a registry on loopback that has the checkpoints. The median of GANTRY_RUNS (default: 5) of
# each, the first and the last excepted, which are of one run each for nas. AGENT is
# gantry-guest-agent. All is below GANTRY_BENCH_DIR (default: /var/tmp/gantry-bench); nas takes what
# nas.sh does.
set -euo pipefail
gantry=$(realpath "$1") agent=$(realpath "$2")
shift 2
sources=$(cd "$(dirname -- "$0")/../../.." && pwd)
work=${GANTRY_BENCH_DIR:-/var/tmp/gantry-bench}/builds
runs=${GANTRY_RUNS:-5}
# shellcheck source=tests/bench/vm/example.sh
. "$sources/tests/bench/vm/example.sh"
# shellcheck source=tests/integration/guest_kernel.sh
. "$sources/tests/integration/guest_kernel.sh"
need cmake ninja curl node npm chromium ffmpeg docker-registry qemu-system-x86_64 bc
mkdir -p "$work"
work=$(realpath "$work")
cleanup() {
  [ -z "${docker_registry_pid:-}" ] || kill "$docker_registry_pid" 2>/dev/null || true
}
trap cleanup EXIT
find_guest_kernel "$work/kernels"

# built <build tree>: the seconds of a build.
built() {
  run_timed "$work/said" cmake --build "$1"
}

# build_fully <directory>: with nothing in any cache.
build_fully() {
  rm -rf "$1/build" "$GANTRY_CACHE_DIR"
  configure_example "$1" "$1/build" "${arguments[@]}"
  built "$1/build"
}

# build_elsewhere <directory>: by what a registry has.
build_elsewhere() {
  rm -rf "$1/second" "$1/second-cache"
  configure_example "$1" "$1/second" "${arguments[@]}" "-DGANTRY_CHECKPOINT_CACHE=127.0.0.1:$port/cache"
  GANTRY_CACHE_DIR=$1/second-cache built "$1/second"
  if has_booted "$1/second" "$1/second-cache" "$work/said"; then
    cat "$work/said" >&2
    exit 1
  fi
}

# change_and_build <directory>: another script of the last stage, which alone is built.
change_and_build() {
  echo '// changed' >>"$1/project/wizard.mjs"
  built "$1/build"
  if ! grep -q 'checkpoint final: built' "$work/said" || grep -q 'start-ready: built' "$work/said"; then
    cat "$work/said" >&2
    exit 1
  fi
}

# repeat <times> <command>...: the median of what it says.
repeat() {
  local times=$1 run
  shift
  for ((run = 0; run < times; ++run)); do "$@"; done >"$work/times"
  median <"$work/times"
}

measure() {
  local directory=$work/$1 count=$runs full nothing changed elsewhere
  [ "$1" != nas ] || count=1
  export GANTRY_CACHE_DIR=$directory/cache
  copy_example "$1" "$directory"
  full=$(repeat "$count" build_fully "$directory")
  nothing=$(repeat "$runs" built "$directory/build")
  changed=$(repeat "$runs" change_and_build "$directory")
  start_registry "$work/registry"
  push_to_cache "$directory/build" "127.0.0.1:$port/cache"
  elsewhere=$(repeat "$count" build_elsewhere "$directory")
  stop_registry
  printf '%-8s %10.1f %14.2f %14.1f %14.1f\n' "$1" "$full" "$nothing" "$changed" "$elsewhere"
}

printf '%-8s %10s %14s %14s %14s\n' '' full 'nothing to do' 'last stage' 'by registry'
[ $# -gt 0 ] || set -- wizard nas
for name; do
  arguments=()
  [ "$name" != wizard ] ||
    arguments=("-DGANTRY_GUEST_AGENT=$agent" "-DWIZARD_KERNEL=$guest_kernel" "-DWIZARD_MODULES=$guest_modules")
  measure "$name"
done
