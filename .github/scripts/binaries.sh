#!/bin/sh
# binaries.sh <platform>: builds Gantry for linux-amd64 or linux-arm64 by the preset of that name,
# into dist/<platform>, and its image into dist/images/<platform>. The build for linux-arm64 runs the
# program for linux-amd64, which comes first.
set -eu
platform=$1
cd -- "$(dirname -- "$0")/../.."
export GANTRY_CACHE_DIR=

sh tools/bootstrap.sh --packages-only "release-$platform"
if command -v ccache >/dev/null; then
  export CMAKE_C_COMPILER_LAUNCHER=ccache CMAKE_CXX_COMPILER_LAUNCHER=ccache
fi

rm -rf "dist/$platform" "dist/images/$platform"
workflow() {
  "$@" cmake --workflow --preset "release-$platform" --fresh
}
if [ "$platform" = linux-arm64 ]; then
  workflow sh tools/with_arm64_libraries.sh
else
  workflow
fi
mkdir -p dist/images
cp -R "build/release-$platform/gantry/published/gantry" "dist/images/$platform"
