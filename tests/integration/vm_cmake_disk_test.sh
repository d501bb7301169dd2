#!/bin/bash
# vm_cmake_disk_test.sh <gantry> <directory> <source tree>: an image target as the disk of a guest. The
# guest's kernel is kept in the directory.
# shellcheck disable=SC2154 # guest_kernel.sh gives some
set -euo pipefail
gantry=$1 kernels=$2 sources=$3
# shellcheck source=tests/integration/expectations.sh
. "$(dirname -- "$0")/expectations.sh"
# shellcheck source=tests/integration/guest_kernel.sh
. "$(dirname -- "$0")/guest_kernel.sh"
# shellcheck source=tests/integration/vm_need.sh
. "$(dirname -- "$0")/vm_need.sh"
need_virtual_machines cmake ninja
find_guest_kernel "$kernels"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/pro ject"
cd "$scratch/pro ject"
export GANTRY_CACHE_DIR=$scratch/cache
ln -s "$guest_kernel" vmlinuz
ln -s "$guest_modules" modules
cp "$(command -v busybox)" busybox
cat >CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.25)
project(Disk LANGUAGES NONE)
include(Gantry)
enable_testing()
install(PROGRAMS busybox DESTINATION /bin COMPONENT app)
install(FILES message DESTINATION /srv COMPONENT app)
gantry_add_image(app BASE scratch INSTALL_COMPONENTS app WORKDIR /srv
  ENTRYPOINT /bin/busybox sh -c "/bin/busybox cat message && /bin/busybox sleep 1000")
add_subdirectory(guests)
END
mkdir guests
cat >guests/CMakeLists.txt <<'END'
gantry_add_guest(box DISK app DISK_SIZE 96M KERNEL ../vmlinuz MODULES ../modules MEMORY 192M
  COMMAND_LINE loglevel=3)
gantry_add_checkpoint(ready FROM box READY "console:from the image")
gantry_add_checkpoint_test(NAME command_line CHECKPOINT ready IN_GUEST
  COMMAND /bin/busybox grep "root=/dev/vda .* loglevel=3" /proc/cmdline)
gantry_add_checkpoint_test(NAME size CHECKPOINT ready IN_GUEST
  COMMAND /bin/busybox grep -x 196608 /sys/block/vda/size)
END
echo 'hello from the image' >message
cmake -S . -B build -G Ninja "-DGANTRY_EXECUTABLE=$gantry" "-DCMAKE_MODULE_PATH=$sources/cmake" >said ||
  fail "$(cat said)"
build() {
  timeout 200 cmake --build build >said 2>&1 || fail "$(cat said)"
}
build
grep -q 'disk box: .* of 101 MB, boots vmlinuz' said || fail "it said: $(cat said)"
grep -q 'checkpoint ready: built' said || fail "it said: $(cat said)"
build
grep -q 'no work to do' said || fail "a second build did something: $(cat said)"
timeout 200 ctest --test-dir build --output-on-failure >said || fail "$(cat said)"
grep -q '100% tests passed' said || fail "$(cat said)"

# What is in the image is what is in the disk; what only got a new time makes no new checkpoint.
touch message
build
! grep -q 'checkpoint ready: built' said || fail "a file that was only touched booted it again: $(cat said)"
sleep 0.1 # else it could have the time at which the build began: clocks of files tick every 4 ms
echo 'more from the image' >message
build
grep -q 'checkpoint ready: built' said || fail "a changed file did not count: $(cat said)"
