#!/bin/bash
# disk_full_test.sh <gantry>: a build on a full file system says so, leaves no broken blob and
# succeeds once there is room.
set -eu
GANTRY=$1
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/integration/staged_images.sh
. "$here/staged_images.sh"

if [ "${2-}" != mounted ]; then
  for options in -m -Urm; do
    if unshare "$options" mount -t tmpfs none /mnt 2>/dev/null; then
      exec unshare "$options" bash "$0" "$GANTRY" mounted
    fi
  done
  echo "skipped: a tmpfs cannot be mounted here (neither as root nor in a user namespace)" >&2
  exit 77
fi

work=$(mktemp -d)
trap 'umount "$work/disk" 2>/dev/null; rm -rf "$work"' EXIT
mkdir "$work/disk"
mount -t tmpfs -o size=4m none "$work/disk"
make_project "$work" 8000000
export GANTRY_CACHE_DIR=

build() {
  "$GANTRY" image build --spec "$work/app.spec" --store "$work/disk/store" \
    --output "$work/disk/app.image" --quiet
}

if build 2>"$work/errors"; then
  echo "8 MB fitted into 4 MB" >&2
  exit 1
fi
cat "$work/errors"
grep -q 'No space left on device' "$work/errors"
grep -q '^hint: ' "$work/errors"
check_blobs "$work/disk/store"
[ ! -e "$work/disk/app.image" ]
if [ "$(du -sk "$work/disk/store" | cut -f1)" -gt 1000 ]; then
  echo "the failed build left its bytes behind" >&2
  exit 1
fi
mount -o remount,size=64m "$work/disk"
build
check_blobs "$work/disk/store"
"$GANTRY" image ls "$work/disk/app.image" >/dev/null
