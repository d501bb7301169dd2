#!/bin/sh
# buildah starts from our images and runs what is in them.
set -eu
gantry=$1
probe=$2
. "$(dirname "$0")/peer_image.sh"
need buildah
work=$(mktemp -d)
storage="--root $work/storage --runroot $work/run --storage-driver vfs"
container=
cleanup() {
  # shellcheck disable=SC2086 # several options
  [ -z "$container" ] || buildah $storage rm "$container" >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap cleanup EXIT
make_images "$gantry" "$probe" "$work"
cd "$work" # buildah makes a name of the path, and refuses one with capitals

for compression in gzip gzip-dense zstd none; do
  # shellcheck disable=SC2086
  container=$(buildah $storage from "oci:layout:$compression")
  # shellcheck disable=SC2086
  said=$(buildah $storage run --isolation chroot "$container" /bin/probe ids environment)
  echo "$said" | grep -qx 'uid=1000 gid=100 groups=.*'
  echo "$said" | grep -qx 'WHO=gantry'
  # shellcheck disable=SC2086
  buildah $storage rm "$container" >/dev/null
  container=
  echo "$compression: $(echo "$said" | head -n 1)"
done
