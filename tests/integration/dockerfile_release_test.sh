#!/bin/sh
# dockerfile_release_test.sh <source tree> <build tree> <static program>: Dockerfile.release makes an
# image of what is installed in dist/, in which Gantry makes an image; and so does the example's
# Dockerfile of a static program. By a real daemon.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
. "$here/dockerd.sh"
source=$1
build=$2
probe=$3

case $(uname -m) in
  x86_64) architecture=amd64 ;;
  aarch64) architecture=arm64 ;;
  *) skip 'no release is made for this machine' ;;
esac
command -v mmdebstrap >/dev/null || skip 'mmdebstrap is not installed'
scratch=$(mktemp -d)
trap 'stop_dockerd; rm -rf "$scratch"' EXIT
start_dockerd

mkdir -p "$scratch/example/dist/linux-$architecture" "$scratch/context/dist"
cp "$source/examples/multi-arch/Dockerfile" "$scratch/example"
cp "$probe" "$scratch/example/dist/linux-$architecture/hello"
DOCKER_BUILDKIT=0 docker build --build-arg "TARGETARCH=$architecture" --tag gantry-test-hello "$scratch/example"
said=$(docker run --rm --network=none gantry-test-hello ids)
case $said in
  *1000*) ;;
  *)
    echo "the example's program says: $said"
    exit 1
    ;;
esac

mmdebstrap --variant=minbase --quiet bookworm "$scratch/base.tar" >"$scratch/log" 2>&1 || {
  tail -n 3 "$scratch/log"
  skip 'no Debian could be made here (its mirror is not reachable?)'
}
docker import "$scratch/base.tar" gantry-test-base

cp -R "$source/tools" "$source/presets" "$source/Dockerfile.release" "$scratch/context"
for component in gantry_tool gantry_modules; do
  cmake --install "$build" --component $component --prefix "$scratch/context/dist/linux-$architecture"
done
DOCKER_BUILDKIT=0 docker build --network=host --file "$scratch/context/Dockerfile.release" \
  --build-arg BASE=gantry-test-base --build-arg "TARGETARCH=$architecture" --tag gantry-test "$scratch/context"

cp -R "$source/examples/static-from-scratch" "$scratch/work"
docker run --rm --network=none --volume "$scratch/work:/work" gantry-test \
  sh -c 'cmake -G Ninja -B /tmp/build && cmake --build /tmp/build && gantry image inspect /tmp/build/gantry/images/*.image'
