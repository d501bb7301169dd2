#!/bin/sh
# dockerfile_test.sh <source tree>: the Dockerfile builds on a plain Debian, by a real daemon, and
# the image that it makes builds an image.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
. "$here/dockerd.sh"
source=$1

command -v mmdebstrap >/dev/null || skip 'mmdebstrap is not installed'
scratch=$(mktemp -d)
trap 'stop_dockerd; rm -rf "$scratch"' EXIT
start_dockerd

mmdebstrap --variant=minbase --quiet bookworm "$scratch/base.tar" >"$scratch/log" 2>&1 || {
  tail -n 3 "$scratch/log"
  skip 'no Debian could be made here (its mirror is not reachable?)'
}
# How well the programs are optimised is of no interest here, and takes half of the time.
printf '#!/bin/sh\nexec "$@" -O0\n' >"$scratch/unoptimized"
chmod +x "$scratch/unoptimized"
tar --append --file "$scratch/base.tar" --directory "$scratch" --transform 's,^,./usr/local/bin/,' unoptimized
docker import --change 'ENV CMAKE_C_COMPILER_LAUNCHER=unoptimized CMAKE_CXX_COMPILER_LAUNCHER=unoptimized' \
  "$scratch/base.tar" gantry-test-base

DOCKER_BUILDKIT=0 docker build --network=host --build-arg BASE=gantry-test-base --build-arg PRESET=release-linux-amd64 \
  --tag gantry-test "$source"

cp -R "$source/examples/static-from-scratch" "$scratch/example"
docker run --rm --network=none --volume "$scratch/example:/work" gantry-test \
  sh -c 'cmake -G Ninja -B /tmp/build && cmake --build /tmp/build && gantry image inspect /tmp/build/gantry/images/*.image'
