#!/bin/sh
# <gantry> <examples/multi-arch> <prefix>: from the sources to one image for two platforms, whose programs
# print the version that git had when they were built, each on its own processor.
set -eu
gantry=$1
example=$2
prefix=$3
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
. "$here/../integration/peer_image.sh"
need git skopeo jq x86_64-linux-gnu-gcc aarch64-linux-gnu-gcc qemu-aarch64-static
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export GANTRY_CACHE_DIR="$work/cache" HOME="$work" GIT_CONFIG_NOSYSTEM=1
unset CMAKE_GENERATOR DESTDIR MAKEFLAGS SOURCE_DATE_EPOCH

mkdir "$work/project"
cp -R "$example/." "$work/project"
cd "$work/project"
rm -rf build dist
printf '/build/\n/dist/\n' >.gitignore
git init --quiet --initial-branch=main
git add .
git -c user.name=me -c user.email=me@example.org commit --quiet --message=start
git tag v1.4.2

fail() {
  echo "$1"
  exit 1
}

# preset <name> <configure option>...: quiet unless something fails.
preset() {
  name=$1
  shift
  {
    cmake --preset "$name" "-DCMAKE_PREFIX_PATH=$prefix" "$@" &&
      cmake --build --preset "$name" &&
      ctest --preset "$name" --no-tests=error
  } >"$work/log" 2>&1 || {
    cat "$work/log"
    fail "the preset $name fails"
  }
}

preset linux-amd64
# What is not there yet is no image: the error names the file and the platform.
cmake --preset image "-DCMAKE_PREFIX_PATH=$prefix" >"$work/log" 2>&1
if cmake --build --preset image >"$work/log" 2>&1; then
  fail 'there is an image without the program for arm64'
fi
grep -q 'dist/linux-arm64/hello' "$work/log" || {
  cat "$work/log"
  fail 'the missing program is not named'
}
preset linux-arm64 "-DGANTRY_EXECUTABLE=$gantry"
preset image
grep -q CMAKE_C_COMPILER: build/image/CMakeCache.txt && fail 'the image looked for a compiler'
cmake --build --preset publish >"$work/log" 2>&1 || {
  cat "$work/log"
  fail 'publishing fails'
}

layout=build/image/gantry/published/hello
for tag in 1.4.2 1.4 1 latest "sha-$(git rev-parse --short=7 HEAD)"; do
  skopeo inspect --raw "oci:$layout:$tag" >"$work/index.json"
  jq -e '.mediaType == "application/vnd.oci.image.index.v1+json"
         and [.manifests[].platform | "\(.os)/\(.architecture)"] == ["linux/amd64", "linux/arm64"]' \
    "$work/index.json" >/dev/null || fail "$tag is no index of both platforms"
done

# platform <architecture> <machine, as uname has it> <machine, as ELF has it>
platform() {
  version=$(skopeo --override-os linux --override-arch "$1" inspect --config "oci:$layout:latest" |
    jq -r '.architecture + " " + .config.Labels["org.opencontainers.image.version"]')
  [ "$version" = "$1 1.4.2" ] || fail "skopeo sees $version for $1"

  "$gantry" image unpack --no-owners --platform "linux/$1" "oci:$layout:1.4.2" "$work/$1"
  program=$work/$1/usr/bin/hello
  elf=$(od -An -tu2 -j18 -N2 "$program" | tr -d ' ')
  [ "$elf" = "$3" ] || fail "the program for $1 is for the machine $elf"
  emulator=
  [ "$(uname -m)" = "$2" ] || emulator=qemu-$2-static
  output=$($emulator "$program")
  [ "$output" = "hello 1.4.2 on $2" ] || fail "the program for $1 prints: $output"
  echo "linux/$1: $output"
}
platform amd64 x86_64 62
platform arm64 aarch64 183
