#!/bin/bash
# kill_test.sh <gantry>: SIGKILL at 100 random moments of a build leaves a store of whole blobs, and
# the next build gives the same image.
set -eu
GANTRY=$1
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/integration/staged_images.sh
. "$here/staged_images.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export GANTRY_CACHE_DIR="$work/cache"
make_project "$work" 12000000

arguments=(image build --spec "$work/app.spec" --store "$work/store"
  --output "$work/app.image" --quiet)

# The shortest of three builds from nothing: kills later than that would mostly come too late.
microseconds=
for _ in 1 2 3; do
  rm -rf "$work/store" "$work/cache"
  begin=$(date +%s%N)
  "$GANTRY" "${arguments[@]}"
  taken=$((($(date +%s%N) - begin) / 1000))
  if [ -z "$microseconds" ] || [ "$taken" -lt "$microseconds" ]; then
    microseconds=$taken
  fi
done
expected=$(cat "$work/app.digest")

# A kill that comes after the end of its build is no kill; those are tried again.
killed=0
round=0
while [ "$killed" -lt 100 ] && [ "$round" -lt 600 ]; do
  round=$((round + 1))
  rm -f "$work/app.image" "$work/app.digest"
  case $((round % 4)) in
    0) rm -rf "$work/store" ;;
    1) rm -rf "$work/store/layers" "$work/cache" ;;
    *) rm -rf "$work/store" "$work/cache" ;;
  esac
  "$GANTRY" "${arguments[@]}" & # no function: the shell around it would be killed in its place
  pid=$!
  sleep "$(printf '%d.%06d' 0 $(((RANDOM * 32768 + RANDOM) % microseconds)))"
  kill -KILL "$pid" 2>/dev/null || true
  status=0
  wait "$pid" 2>/dev/null || status=$?
  [ "$status" -eq 137 ] && killed=$((killed + 1))
  check_blobs "$work/store"
  check_blobs "$work/cache"
  if [ -e "$work/app.image" ]; then
    "$GANTRY" image ls "$work/app.image" >/dev/null
  fi
  "$GANTRY" "${arguments[@]}"
  if [ "$(cat "$work/app.digest")" != "$expected" ]; then
    echo "round $round: the build after the kill gave $(cat "$work/app.digest"), not $expected" >&2
    exit 1
  fi
  check_blobs "$work/store"
done
echo "$killed of $round builds were killed before their end"
[ "$killed" -eq 100 ]
