# shellcheck shell=bash disable=SC2154
# Sourced: examples of machines as their users build them, by their own CMake projects, and clocks.
# It needs $gantry, and $sources, the source tree.

# shellcheck source=tests/integration/docker_registry.sh
. "$sources/tests/integration/docker_registry.sh"

need() {
  local program
  for program in "$@"; do
    command -v "$program" >/dev/null || {
      echo "${0##*/}: $program is not installed" >&2
      exit 1
    }
  done
}

# now: seconds of a clock.
now() {
  date +%s.%N
}

# since <begin>: the seconds since then.
since() {
  echo "$(now) - $1" | bc -l
}

# median: of the numbers of the input, one a line.
median() {
  sort -n | awk '{ number[NR] = $1 } END { print number[int((NR + 1) / 2)] }'
}

# copy_example <name> <directory>: <directory>/project is a copy of the example, beside what it takes.
copy_example() {
  mkdir -p "$2/find"
  rm -rf "$2/project"
  cp -r "$sources/examples/$1" "$2/project"
  printf '%s\n' 'include(Gantry)' 'set(Gantry_FOUND TRUE)' 'set(Gantry_vm_FOUND TRUE)' >"$2/find/FindGantry.cmake"
  export GANTRY_PLAYWRIGHT=$2/playwright
  [ -e "$GANTRY_PLAYWRIGHT/node_modules/playwright-core" ] || {
    mkdir -p "$GANTRY_PLAYWRIGHT"
    cp "$sources"/tests/integration/report/package*.json "$GANTRY_PLAYWRIGHT"
    npm ci --prefix "$GANTRY_PLAYWRIGHT" --ignore-scripts --no-audit --no-fund >"$2/npm.log" 2>&1 || {
      cat "$2/npm.log" >&2
      exit 1
    }
  }
}

# configure_example <directory> <build tree> <argument>...
configure_example() {
  local directory=$1 build=$2
  shift 2
  cmake -S "$directory/project" -B "$build" -G Ninja "-DGANTRY_EXECUTABLE=$gantry" \
    "-DCMAKE_MODULE_PATH=$directory/find;$sources/cmake" "$@" >"$build.said" 2>&1 || {
    cat "$build.said" >&2
    exit 1
  }
}

# run_timed <file> <command>...: what it says goes to the file, and the seconds that it took to the
# output.
run_timed() {
  local said=$1 begin
  shift
  begin=$(now)
  timeout 1800 "$@" >"$said" 2>&1 || {
    cat "$said" >&2
    exit 1
  }
  since "$begin"
}

# start_registry <directory>: a registry on loopback, empty, with its data there; its port is $port.
start_registry() {
  rm -rf "$1"
  port=$(free_port)
  start_docker_registry "$1" "$port"
}
stop_registry() {
  kill "$docker_registry_pid"
  wait "$docker_registry_pid" || true
  docker_registry_pid=
}

# push_to_cache <build tree> <repository>: its checkpoints, as GANTRY_CHECKPOINT_CACHE_PUSH=ON does.
push_to_cache() {
  local name file
  for name in start-ready final; do
    file=$1/gantry/checkpoints/$name.checkpoint
    "$gantry" vm push "$file" "$2:ckpt-$(cat "$file")" >"$1.pushed" 2>&1
  done
}

# has_booted <build tree> <user's cache> <what the build said>: unless both checkpoints were fetched, and
# nothing says otherwise: a stage that is built leaves a record, and a boot what libvirt has found out.
has_booted() {
  [ "$(grep -c 'checkpoint .*: fetched' "$3")" != 2 ] || grep -q 'checkpoint .*: built' "$3" ||
    [ -n "$(ls "$1/gantry/vm/recordings" 2>/dev/null)" ] || [ -e "$2/libvirt" ]
}
