#!/bin/sh
# rootfs_test.sh <gantry>: two root file systems of the same packages, made at different times with
# different surroundings, are the same bytes.
set -eu
gantry=$1

skip() {
  echo "SKIPPED: $1"
  exit 77
}

command -v mmdebstrap >/dev/null || skip 'mmdebstrap is not installed'
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
chmod 755 "$scratch"

build() {
  GANTRY_CACHE_DIR="$scratch/cache-$1" "$gantry" rootfs build --suite bookworm --variant essential \
    --output "$scratch/$1.rootfs.tar" --depfile "$scratch/$1.d" 2>"$scratch/$1.log"
}

if ! build one; then
  cat "$scratch/one.log"
  grep -q 'cannot be reached' "$scratch/one.log" && skip 'the mirror of Debian is not reachable'
  grep -q 'exit code' "$scratch/one.log" && [ "$(id -u)" != 0 ] &&
    skip 'mmdebstrap needs root or user namespaces'
  exit 1
fi
umask 077
TZ=Asia/Tokyo
LC_ALL=C
export TZ LC_ALL
build two || {
  cat "$scratch/two.log"
  exit 1
}
cmp "$scratch/one.rootfs.tar" "$scratch/two.rootfs.tar"

# Nothing of this machine is in it.
tar tf "$scratch/one.rootfs.tar" >"$scratch/names"
for name in ./etc/hostname ./etc/resolv.conf ./var/cache/ldconfig/aux-cache ./var/log/dpkg.log; do
  if grep -qx "$name" "$scratch/names"; then
    echo "$name is in the root file system"
    exit 1
  fi
done
grep -qx ./usr/bin/dpkg "$scratch/names"
