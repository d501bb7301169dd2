#!/bin/bash
# fio_source_test.sh <source directory>: where the source of fio comes from, and what is said if it
# cannot come from there.
set -euo pipefail
. "$(dirname -- "$0")/expectations.sh"

script=$1/simulator/fio/FetchSource.cmake
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

mkdir fio-1.0
echo source >fio-1.0/file
tar -czf given.tar.gz fio-1.0
rm -r fio-1.0
hash=$(sha256sum given.tar.gz | cut -d' ' -f1)
# Nothing listens at the discard port.
fetch() {
  cmake -D VERSION=1.0 -D "SHA256=$hash" -D DEBIAN_VERSION=1.0-1 -D URL=http://127.0.0.1:9/fio \
    -D "DESTINATION=$scratch/download/fio.tar.gz" -D "SOURCE=$scratch/fio-1.0" "$@" -P "$script"
}

# A file that is given is all that is looked at.
fails 'GANTRY_FIO_TARBALL: there is no /nowhere/fio.tar.gz' fetch -D TARBALL=/nowhere/fio.tar.gz
echo other >other.tar.gz
fails '1.0: its SHA-256 is' fetch -D "TARBALL=$scratch/other.tar.gz"
fails "$hash" fetch -D "TARBALL=$scratch/other.tar.gz"
[[ ! -e download/fio.tar.gz && ! -e download/fio.tar.gz.part ]] || fail 'a wrong file was kept'
fetch -D "TARBALL=$scratch/given.tar.gz" >log
grep -q 'given by GANTRY_FIO_TARBALL' log || fail "$(cat log)"
[[ $(cat fio-1.0/file) == source ]] || fail 'it is not unpacked'

# What is there is not fetched again, but is unpacked anew.
rm given.tar.gz
echo changed >fio-1.0/file
fetch
[[ $(cat fio-1.0/file) == source ]] || fail 'it is not unpacked anew'

# Debian and upstream both without it: one error that names both.
rm -r download
fails "Debian's source package: " fetch
fails 'http://127.0.0.1:9/fio: ' fetch
fails 'Give the release tarball by' fetch

# The machine's own fio is taken in the one version only.
printf '#!/bin/sh\necho fio-3.36\n' >fio
chmod +x fio
fails 'is fio-3.36: an engine works in the version alone' cmake -S "$1" -B system -G Ninja \
  -D GANTRY_FIO=SYSTEM -D "GANTRY_FIO_EXECUTABLE=$scratch/fio" -D GANTRY_BUILD_TESTS=OFF \
  -D GANTRY_BUILD_BENCHMARKS=OFF
fails "GANTRY_FIO is 'MINE', and can be BUNDLED, SYSTEM or OFF" cmake -S "$1" -B mine -G Ninja \
  -D GANTRY_FIO=MINE -D GANTRY_BUILD_TESTS=OFF -D GANTRY_BUILD_BENCHMARKS=OFF

# Debian's package is upstream's tarball.
command -v apt-get >/dev/null || {
  echo 'SKIPPED: no apt-get to get the source package with'
  exit 77
}
version=$(sed -n 's/^set(version \(.*\))$/\1/p' "$1/simulator/fio/CMakeLists.txt")
hash=$(sed -n 's/^set(sha256 \(.*\))$/\1/p' "$1/simulator/fio/CMakeLists.txt")
fetch -D "VERSION=$version" -D "SHA256=$hash" -D "DEBIAN_VERSION=$version-3" \
  -D "SOURCE=$scratch/fio-$version" >log
grep -q "Debian's source package" log || fail "$(cat log)"
[[ -x fio-$version/configure ]] || fail 'there is no configure'
[[ ! -e download/debian ]] || fail 'what apt needs was left behind'
