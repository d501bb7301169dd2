#!/bin/bash
# podman reads only the layers that it lacks, and gets the names and nothing else.
set -euo pipefail
GANTRY=$1
probe=$2
. "$(dirname "$0")/peer_image.sh"
. "$(dirname "$0")/load_images.sh"
need podman jq strace
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# A store of its own, which needs no mounts.
cat >"$work/storage.conf" <<END
[storage]
driver = "vfs"
graphroot = "$work/store"
runroot = "$work/run"
END
export CONTAINERS_STORAGE_CONF=$work/storage.conf
podman info >/dev/null 2>"$work/err" || skip "podman does not work here: $(tail -n 1 "$work/err")"
make_layers "$work" "$probe"

# expect_names <name>...: podman has these images, and no others.
expect_names() {
  names=$(podman images --format '{{.Repository}}:{{.Tag}}' | grep -v '^<none>' | sort | paste -sd ' ')
  [ "$names" = "$*" ] || { echo "podman has $names, not $*"; exit 1; }
}

# expect_read <count>: so many blobs beside the manifest and the config were opened.
expect_read() {
  blobs=$(grep -o 'blobs/sha256/[0-9a-f]*' "$work/strace" | sort -u)
  for blob in $blobs; do
    [ "$(head -c 1 "$work/layout/$blob")" = '{' ] || echo "$blob"
  done >"$work/layers"
  [ "$(wc -l <"$work/layers")" -eq "$1" ] || { echo "not $1 layers were read:"; cat "$work/layers"; exit 1; }
}

# traced <argument>...: as load, into podman; what is opened is in $work/strace.
traced() {
  said=$(strace -f -e trace=openat -o "$work/strace" "$GANTRY" image load --json --name app \
    --engine podman "$@")
}

build one one
traced "oci:$work/layout:one" --tag latest --tag 1
expect engine podman
expect changed true
expect sentLayers 3
expect_bytes 4000000 6000000
expect_read 3
expect_names localhost/app:1 localhost/app:latest
[ "sha256:$(podman image inspect --format '{{.Id}}' app:latest)" = "$(field image)" ] || exit 1

traced "oci:$work/layout:one" --tag other.example/me/app:2
expect changed false
expect sentBytes 0
expect_read 0
expect_names localhost/app:1 localhost/app:latest other.example/me/app:2

build two two
traced "oci:$work/layout:two"
expect sentLayers 1
expect_bytes 100 20000
expect_read 1
expect_names localhost/app:1 localhost/app:latest other.example/me/app:2
[ "sha256:$(podman image inspect --format '{{.Id}}' app)" = "$(field image)" ] || exit 1

# Of another machine, and in zstd.
build three three --compression zstd --platform linux/s390x
traced "oci:$work/layout:three" --platform linux/s390x
[ "$(podman image inspect --format '{{.Architecture}}' app)" = s390x ] || exit 1
echo "podman gets what it lacks"
