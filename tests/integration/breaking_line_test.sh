#!/bin/bash
# breaking_line_test.sh <gantry> <gantry_test_registry>: a layer of 256 MiB goes to a registry, and comes back, over a line that
# breaks every 16 MiB, in little memory.
set -euo pipefail
gantry=$1
server=$2
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/integration/peer_image.sh
. "$here/peer_image.sh"
# shellcheck source=tests/integration/test_registry.sh
. "$here/test_registry.sh"
need python3
work=$(mktemp -d)
registry_pid='' line_pid=''
trap '[ -z "$registry_pid" ] || kill "$registry_pid"; [ -z "$line_pid" ] || kill "$line_pid"; rm -rf "$work"' EXIT
export GANTRY_CACHE_DIR=$work/cache HOME=$work
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY REGISTRY_AUTH_FILE DOCKER_CONFIG
mebibyte=1048576
size=$((256 * mebibyte)) every=$((16 * mebibyte))
ulimit -f $((400 * 1024)) # of KiB: no file is larger

fail() {
  echo "FAILED: $1" >&2
  exit 1
}

# over_the_line <what> <command>...: with $line for the registry; then $up, $down, $breaks and $memory are known.
over_the_line() {
  what=$1
  shift
  rm -f "$work/port"
  python3 "$here/breaking_line.py" "${registry#*:}" $every "$work/report" >"$work/port" &
  line_pid=$!
  until [ -s "$work/port" ]; do sleep 0.05; done
  line=127.0.0.1:$(cat "$work/port")
  begin=$(date +%s%N)
  python3 "$here/peak_memory.py" "$work/memory" "${@//LINE/$line}" >"$work/out" 2>"$work/error" ||
    fail "$what: $(tail -n 3 "$work/error")"
  time=$((($(date +%s%N) - begin) / 1000000))
  kill $line_pid
  wait $line_pid
  line_pid=
  read -r up down breaks <"$work/report"
  memory=$(cat "$work/memory")
  echo "$what: $up bytes up, $down down, $breaks breaks, $memory kB of memory, $time ms"
  [ "$breaks" -ge 15 ] || fail "the line broke only $breaks times"
  # A sanitizer takes memory of its own.
  grep -q __asan_init "$gantry" || [ "$memory" -le $((48 * 1000)) ] || fail "$memory kB of memory"
}

mkdir "$work/tree"
head -c $size /dev/urandom >"$work/tree/large"
"$gantry" image build --quiet --layer "$work/tree" --compression none --to "oci:$work/layout:1.0"
rm -r "$work/tree"
start_registry "$server" "$work"

over_the_line push "$gantry" image publish "oci:$work/layout:1.0" --to "LINE/team/app:1.0"
chunk=$(awk '$2 == "PATCH" && $1 == 202 && $4 > most { most = $4 } END { print most }' "$work/requests")
received=$(awk '$2 == "PUT" || $2 == "PATCH" { sum += $4 } END { print sum }' "$work/requests")
[ "$chunk" -le $((4 * mebibyte)) ] || fail "chunks of $chunk bytes are large for such a line"
# The layer, its tar's frame, the image's configuration and manifest; and for each break what the registry had got of a chunk.
[ "$received" -le $((size + mebibyte + breaks * chunk)) ] || fail "the registry received $received bytes"

over_the_line pull "$gantry" image pull "LINE/team/app:1.0" --to "oci:$work/pulled"
# What was on its way when the connection was reset is lost.
[ "$down" -le $((size + mebibyte + breaks * mebibyte / 4)) ] || fail "$down bytes came down"
for blob in "$work"/layout/blobs/sha256/*; do
  cmp "$blob" "$work/pulled/blobs/sha256/${blob##*/}"
done
stop_registry
