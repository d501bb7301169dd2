#!/bin/bash
# vm_wizard_test.sh <gantry> <gantry-guest-agent> <directory> <source tree>: the example whose guest is
# set up by a wizard in Chromium, and what becomes of scripts that fail. The guest's kernel is kept in
# the directory. With GANTRY_RECORDINGS=DIR the recordings are kept there.
# shellcheck disable=SC2154 # guest_kernel.sh gives some
set -euo pipefail
gantry=$1 agent=$2 kernels=$3 sources=$4
# shellcheck source=tests/integration/expectations.sh
. "$(dirname -- "$0")/expectations.sh"
# shellcheck source=tests/integration/guest_kernel.sh
. "$(dirname -- "$0")/guest_kernel.sh"
# shellcheck source=tests/integration/vm_need.sh
. "$(dirname -- "$0")/vm_need.sh"
need_virtual_machines cmake ninja curl node npm chromium ffmpeg cpio
find_guest_kernel "$kernels"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
export GANTRY_CACHE_DIR=$scratch/cache
mkdir playwright
cp "$sources"/tests/integration/report/package*.json playwright
npm ci --prefix playwright --ignore-scripts --no-audit --no-fund >npm.log 2>&1 || {
  cat npm.log
  echo 'skipped: npm cannot get playwright-core'
  exit 77
}

cp -r "$sources/examples/wizard" "pro ject"
mkdir find
cat >find/FindGantry.cmake <<'END'
include(Gantry)
set(Gantry_FOUND TRUE)
set(Gantry_vm_FOUND TRUE)
END
cmake -S 'pro ject' -B build -G Ninja "-DGANTRY_EXECUTABLE=$gantry" "-DGANTRY_GUEST_AGENT=$agent" \
  "-DWIZARD_KERNEL=$guest_kernel" "-DWIZARD_MODULES=$guest_modules" \
  "-DCMAKE_MODULE_PATH=$scratch/find;$sources/cmake" >said || fail "$(cat said)"
build() {
  timeout 240 cmake --build build 2>&1
}

# Playwright is a matter of the user's.
fails "hint: npm install --prefix $scratch/pro ject playwright-core, or name a directory that has it by \
the environment variable GANTRY_PLAYWRIGHT" build
fails 'playwright-core is not there, neither in /nowhere nor in a directory above it' \
  env GANTRY_PLAYWRIGHT=/nowhere timeout 200 cmake --build build
export GANTRY_PLAYWRIGHT=$scratch/playwright

build >said || fail "$(cat said)"
! grep -q 'checkpoint start-ready: built' said || fail 'the machine was booted again'
grep -q 'checkpoint final: built' said || fail "it said: $(cat said)"
timeout 100 ctest --test-dir build -j2 --output-on-failure >said || fail "$(cat said)"
grep -q '100% tests passed, 0 tests failed out of 2' said || fail "$(cat said)"

# Another machine makes the same guest of the same files, and so looks for the same checkpoints.
bash 'pro ject/guest/make_initrd.sh' "$guest_modules" "$agent" again
cmp again build/initrd || fail "the guest's initial RAM disk is not reproducible"

# What the browser did is kept.
recording=build/gantry/vm/recordings/final
for screen in Language Account Confirm Done; do
  grep -q "screen $screen$" "$recording/step-1-browser.log" || fail "$(cat $recording/*.log)"
done
[ "$(head -c 4 $recording/step-1-browser.webm | od -An -tx1)" = ' 1a 45 df a3' ] || fail 'no video is kept'
[ "$(head -c 2 $recording/step-1-browser.zip)" = PK ] || fail 'no trace is kept'
[ "$(head -c 4 $recording/step-1-browser-done.png)" = $'\x89PNG' ] || fail 'no picture is kept'
[ ! -e $recording/step-1-browser.png ] || fail 'a picture of a failure is kept, and none was'
if [ -n "${GANTRY_RECORDINGS:-}" ]; then
  mkdir -p "$GANTRY_RECORDINGS"
  cp "$recording"/* "$GANTRY_RECORDINGS"
fi

# A script that fails is quoted with its line, and the page as it was is kept.
change() {
  sed -i "$1" 'pro ject/wizard.mjs'
}
change "s/fill('admin')/fill('Admin!')/; s/\(page.getByText('Administrator[^)]*)\).waitFor()/\1.waitFor({ timeout: 500 })/; \
s/waitFor();/waitFor({ timeout: 2000 });/"
output=$(build) && fail 'a wizard that complains is gone through'
[[ $output =~ step\ 1/1\ browser:[^:]*wizard.mjs:[0-9]+:\ locator.waitFor:\ Timeout\ 2000ms\ exceeded ]] ||
  fail "it said: $output"
[ "$(head -c 4 $recording/step-1-browser.png)" = $'\x89PNG' ] || fail 'no picture of the failure is kept'
[ "$(head -c 2 $recording/step-1-browser.zip)" = PK ] || fail 'no trace of the failure is kept'
# There is no network but the guest's ports.
echo 'export default async ({ page }) => page.goto("http://example.com/");' >'pro ject/wizard.mjs'
fails 'page.goto: net::ERR_NAME_NOT_RESOLVED at http://example.com/' build
echo 'export const nothing = 1;' >'pro ject/wizard.mjs'
fails 'the script exports no function' build
echo 'export default async ({ env }) => env.url(22);' >'pro ject/wizard.mjs'
fails 'port 22 of the guest is not forwarded' build

# Nothing is left behind.
! pgrep -f "$scratch" >/dev/null || fail "left behind: $(pgrep -af "$scratch")"
