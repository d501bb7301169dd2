#!/bin/bash
# layout_kill_test.sh GANTRY: killed at each call that gives a file its name, the next build leaves
# the layout as if nothing had happened, without a file that is not its own.
set -euo pipefail
gantry=$1
here=$(dirname "$0")
# shellcheck source=tests/integration/peer_image.sh
. "$here/peer_image.sh"
need strace
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export GANTRY_CACHE_DIR=$work/cache
mkdir "$work/a"
head -c 30000 /dev/urandom >"$work/a/file"
build() {
  "$@" "$gantry" image build --quiet --layer "$work/a" --to "oci:$work/layout:1.0"
}
build env
mv "$work/layout" "$work/whole"
kills=0
for call in rename linkat mkdir; do
  for ((nth = 1; ; ++nth)); do
    status=0
    build strace -f -o "$work/trace" -e "inject=$call:signal=KILL:when=$nth" 2>"$work/err" || status=$?
    [ $status -eq 0 ] || [ $status -eq 137 ] || {
      cat "$work/err" >&2
      exit 1
    }
    killed=$status
    build env
    diff -r "$work/layout" "$work/whole"
    rm -rf "$work/layout"
    [ "$killed" -ne 0 ] || break
    kills=$((kills + 1))
  done
done
echo "killed $kills times"
[ $kills -ge 5 ]
