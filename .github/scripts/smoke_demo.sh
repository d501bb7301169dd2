#!/bin/sh
# smoke_demo.sh <build tree> [<configuration>]: installs what the tree has built and makes the image of the smallest
# example with it, tested and published, within 20 seconds. Quiet unless it fails.
set -eu
build=$1
config=${2:-}
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export GANTRY_CACHE_DIR="$work/cache"

cat >"$work/demo.sh" <<'DEMO'
set -eux
for component in gantry_tool gantry_modules; do
  cmake --install "$1" ${4:+--config "$4"} --component $component --prefix "$2/gantry"
done
cmake -G Ninja -S "$3" -B "$2/build" "-DCMAKE_PREFIX_PATH=$2/gantry"
cmake --build "$2/build" --target all publish_image
ctest --test-dir "$2/build" --output-on-failure --no-tests=error
"$2/gantry/bin/gantry" image inspect "oci:$2/build/gantry/published/greeter:latest"
DEMO

status=0
timeout --kill-after=5 20 sh "$work/demo.sh" "$build" "$work" "$here/../../examples/static-from-scratch" \
  "$config" >"$work/log" 2>&1 </dev/null || status=$?
[ $status -eq 0 ] || {
  cat "$work/log"
  [ $status -ne 124 ] || echo 'smoke demo: it took more than 20 seconds'
  echo "smoke demo: FAILED with status $status"
  exit 1
}
echo 'smoke demo: built, tested and published an image'
