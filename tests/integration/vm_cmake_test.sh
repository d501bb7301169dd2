#!/bin/bash
# vm_cmake_test.sh <gantry> <gantry-guest-agent> <directory> <source tree>: checkpoints as targets
# and tests of a project. The guest's kernel is kept in the directory.
# shellcheck disable=SC2034,SC2154 # busybox_guest.sh reads some and gives others
set -euo pipefail
gantry=$1 agent=$2 kernels=$3 sources=$4
# shellcheck source=tests/integration/expectations.sh
. "$(dirname -- "$0")/expectations.sh"
# shellcheck source=tests/integration/busybox_guest.sh
. "$(dirname -- "$0")/busybox_guest.sh"
# shellcheck source=tests/integration/vm_need.sh
. "$(dirname -- "$0")/vm_need.sh"
need_virtual_machines cmake ninja curl
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/pro ject"
cd "$scratch/pro ject"
export GANTRY_CACHE_DIR=$scratch/cache

make_busybox_initramfs initrd 'ip link set eth0 up
ip addr add 10.0.2.15/24 dev eth0
ip route add default via 10.0.2.2
mkdir /www
echo first >/www/index.html
httpd -h /www
echo the guest is up'
ln -s "$guest_kernel" vmlinuz
cat >CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.25)
project(Checkpoints LANGUAGES NONE)
include(Gantry)
enable_testing()
gantry_add_guest(box KERNEL vmlinuz INITRD initrd
  COMMAND_LINE "console=ttyS0 quiet no_timer_check" MEMORY 256M PORTS 80)
gantry_add_guest(hardware DISK a.qcow2 DATA_DISK /b.raw CDROM c.iso DEVICE d.json FIRMWARE uefi TPM 2.0
  DISPLAY vga SHARE data=da/ta out=/out:rw)
gantry_add_checkpoint(ready FROM box READY "console:the guest is up" STEPS console:login)
add_custom_command(OUTPUT page COMMAND "${CMAKE_COMMAND}" -E copy
  "${CMAKE_CURRENT_SOURCE_DIR}/page.in" page DEPENDS page.in)
gantry_add_checkpoint(final FROM ready
  STEPS "copy:${CMAKE_CURRENT_BINARY_DIR}/page=/www/page" copy:site/=/www/site agent:check.sh SMOKE fetch.sh)
foreach(number IN ITEMS 1 2)
  gantry_add_checkpoint_test(NAME page.${number} CHECKPOINT final
    COMMAND sh "${CMAKE_CURRENT_SOURCE_DIR}/fetch.sh")
endforeach()
gantry_add_checkpoint_test(NAME inside CHECKPOINT final IN_GUEST COMMAND test -s /www/page)
gantry_add_checkpoint_test(NAME fails CHECKPOINT final IN_GUEST COMMAND test -s /absent)
gantry_add_checkpoint_test(NAME steps CHECKPOINT final STEPS console:login copy:site=/tmp/site agent:in_clone.sh
  IN_GUEST COMMAND test -s /tmp/site/all)
gantry_add_checkpoint_test(NAME "steps fail" CHECKPOINT final STEPS console:login agent:fails.sh)
END
cat >login <<'END'
send echo hello-$((20+3))
expect hello-23
END
echo 'the page' >page.in
mkdir -p site/pages site/none
echo one >site/pages/one
ln -s pages/one site/link
ln -s /no/such site/dangling
cat >check.sh <<'END'
test -s /www/page
test "$(cat /www/site/link)" = one
test "$(readlink /www/site/dangling)" = /no/such
test -d /www/site/none
END
# What a clone has is its own.
echo 'test ! -e /tmp/site/all && cat /tmp/site/pages/* >/tmp/site/all' >in_clone.sh
echo 'echo no such share >&2; exit 3' >fails.sh
cat >fetch.sh <<'END'
curl --silent --fail --max-time 60 "http://127.0.0.1:$GANTRY_VM_PORT_80/page" | grep -q 'the page'
END
cmake -S . -B build -G Ninja "-DGANTRY_EXECUTABLE=$gantry" "-DCMAKE_MODULE_PATH=$sources/cmake" >said ||
  fail "$(cat said)"
[ "$(cat build/gantry/checkpoints/hardware.guest)" = "gantry-guest 1
name hardware
disk $PWD/a.qcow2
disk /b.raw
cdrom $PWD/c.iso
device $PWD/d.json
firmware uefi
tpm 2.0
display vga
share data=$PWD/da/ta
share out=/out:rw" ] || fail "the guest is: $(cat build/gantry/checkpoints/hardware.guest)"
build() {
  timeout 200 cmake --build build >said 2>&1 || fail "$(cat said)"
}
build
grep -q 'checkpoint ready: built' said || fail "it said: $(cat said)"
grep -q 'checkpoint final: built' said || fail "it said: $(cat said)"
build
grep -q 'no work to do' said || fail "a second build did something: $(cat said)"

! timeout 200 ctest --test-dir build -j2 --output-on-failure >said || fail 'a test that must fail did not'
grep -q '67% tests passed, 2 tests failed out of 6' said || fail "$(cat said)"
grep -q "error: step 2/2 agent:$PWD/fails.sh: the script ended by exit code 3; the last that it said:" said ||
  fail "$(cat said)"
recording="$PWD/build/gantry/vm/recordings/test.steps_fail"
grep -q "^hint: what it said and showed is in $recording$" said || fail "$(cat said)"
grep -q hello-23 "$recording/console.log" || fail 'what the console said is not kept'
grep -q 'no such share' "$recording/step-2-agent.log" || fail 'what the step said is not kept'

# What a stage does not depend on leaves it alone; what it does, does not make those before it.
echo '# a comment' >>fetch.sh
build
grep -q 'no work to do' said || fail "a file of a test made a checkpoint again: $(cat said)"
echo 'the page, again' >page.in
build
grep -q 'checkpoint final: built' said || fail "a changed file did not count: $(cat said)"
! grep -q 'checkpoint ready' said || fail "an earlier stage was made again: $(cat said)"
# So do the files of a directory that is copied, and those that come and go in it.
echo more >>site/pages/one
echo 'tail -n 1 /www/site/link | grep -q more' >check.sh
build
grep -q 'checkpoint final: built' said || fail "a changed file of a directory did not count: $(cat said)"
echo two >site/pages/two
build
grep -q 'checkpoint final: built' said || fail "a new file of a directory did not count: $(cat said)"
ninja -C build -n | grep -q 'no work to do' || fail 'it is not done'
touch login
build
! grep -q 'built in' said || fail "a file that was only touched made a checkpoint again: $(cat said)"

# A generator of several configurations has what targets make a directory deeper, and their checkpoints
# in the same store.
cmake --fresh -S . -B build -G 'Ninja Multi-Config' "-DGANTRY_EXECUTABLE=$gantry" \
  "-DCMAKE_MODULE_PATH=$sources/cmake" >said || fail "$(cat said)"
rm build/gantry/checkpoints/*.checkpoint
build_debug() {
  timeout 200 cmake --build build --config Debug --target "$1" >said 2>&1 || fail "$(cat said)"
}
build_debug publish_final
! grep -q 'built in' said || fail "another configuration made a checkpoint again: $(cat said)"
[ -s build/gantry/checkpoints/Debug/final.checkpoint ] || fail 'it is not where its configuration is'
[ -s build/gantry/published/final/index.json ] || fail "it is not published: $(cat said)"
build_debug explore_final </dev/null
grep -q 'Its console is below' said || fail "it said: $(cat said)"
timeout 60 ctest --test-dir build -C Debug -R '^inside$' --output-on-failure >said || fail "$(cat said)"
