#!/bin/bash
# vm_nas_test.sh <gantry> <source tree>: the example of a storage appliance, from packages to its tests.
set -euo pipefail
gantry=$1 sources=$2
# shellcheck source=tests/integration/expectations.sh
. "$(dirname -- "$0")/expectations.sh"
# shellcheck source=tests/integration/vm_need.sh
. "$(dirname -- "$0")/vm_need.sh"
need_virtual_machines cmake ninja curl node npm chromium ffmpeg mmdebstrap nfs-ls iscsi-readcapacity16 qemu-io
scratch=$(mktemp -d -p /var/tmp)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
export GANTRY_CACHE_DIR=$scratch/cache GANTRY_PLAYWRIGHT=$scratch/playwright
mkdir playwright find
cp "$sources"/tests/integration/report/package*.json playwright
npm ci --prefix playwright --ignore-scripts --no-audit --no-fund >npm.log 2>&1 || {
  cat npm.log
  echo 'skipped: npm cannot get playwright-core'
  exit 77
}
cat >find/FindGantry.cmake <<'END'
include(Gantry)
set(Gantry_FOUND TRUE)
set(Gantry_vm_FOUND TRUE)
END
cp -r "$sources/examples/nas" project
cmake -S project -B build -G Ninja "-DGANTRY_EXECUTABLE=$gantry" \
  "-DCMAKE_MODULE_PATH=$scratch/find;$sources/cmake" >said || fail "$(cat said)"
timeout 900 cmake --build build >said 2>&1 || fail "$(cat said)"
cat said
timeout 300 ctest --test-dir build -j2 --output-on-failure >said || fail "$(cat said)"
cat said
grep -q '100% tests passed, 0 tests failed out of 3' said || fail "$(cat said)"
timeout 60 cmake --build build | grep -q 'no work to do' || fail 'a second build did something'

# A changed wizard boots nothing.
echo '// a comment' >>project/wizard.mjs
timeout 300 cmake --build build >said 2>&1 || fail "$(cat said)"
grep -q 'checkpoint final: built' said || fail "$(cat said)"
! grep -q 'checkpoint start-ready' said || fail "$(cat said)"
