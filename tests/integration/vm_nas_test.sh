#!/bin/bash
# vm_nas_test.sh <gantry> <source tree>: the example of a storage appliance, from packages to its tests,
# and those on another machine, which gets it by a registry.
set -euo pipefail
gantry=$1 sources=$2
# shellcheck source=tests/integration/expectations.sh
. "$(dirname -- "$0")/expectations.sh"
# shellcheck source=tests/integration/docker_registry.sh
. "$(dirname -- "$0")/docker_registry.sh"
# shellcheck source=tests/integration/vm_need.sh
. "$(dirname -- "$0")/vm_need.sh"
need_virtual_machines cmake ninja curl node npm chromium ffmpeg mmdebstrap nfs-ls iscsi-readcapacity16 qemu-io \
  docker-registry python3
scratch=$(mktemp -d -p /var/tmp)
cleanup() {
  [ -z "${docker_registry_pid:-}" ] || kill "$docker_registry_pid" 2>/dev/null || true
  rm -rf "$scratch"
}
trap cleanup EXIT
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
port=$(free_port)
start_docker_registry "$scratch/registry" "$port"
configure() {
  local build=$1
  shift
  cmake -S project -B "$build" -G Ninja "-DGANTRY_EXECUTABLE=$gantry" "-DCMAKE_MODULE_PATH=$scratch/find;$sources/cmake" \
    "-DGANTRY_CHECKPOINT_CACHE=127.0.0.1:$port/nas" "$@" >said || fail "$(cat said)"
}
test_appliance() {
  timeout 300 ctest --test-dir "$1" -j2 --output-on-failure >said || fail "$(cat said)"
  cat said
  grep -q '100% tests passed, 0 tests failed out of 3' said || fail "$(cat said)"
}
configure build -DGANTRY_CHECKPOINT_CACHE_PUSH=ON
timeout 900 cmake --build build >said 2>&1 || fail "$(cat said)"
cat said
! grep -q warning said || fail 'the cache of checkpoints has not worked'
test_appliance build
timeout 60 cmake --build build | grep -q 'no work to do' || fail 'a second build did something'

# A changed wizard boots nothing.
echo '// a comment' >>project/wizard.mjs
timeout 300 cmake --build build >said 2>&1 || fail "$(cat said)"
grep -q 'checkpoint final: built' said || fail "$(cat said)"
! grep -q 'checkpoint start-ready' said || fail "$(cat said)"

# Another machine boots nothing, and sets nothing up. It is spared only the packages, which do not come
# from the registry.
mkdir cache-two
cp -r cache/rootfs cache-two/rootfs
export GANTRY_CACHE_DIR=$scratch/cache-two
configure second
timeout 300 cmake --build second >said 2>&1 || fail "$(cat said)"
cat said
[ "$(grep -c 'checkpoint .*: fetched' said)" = 2 ] || fail 'something was not fetched'
[ -z "$(ls second/gantry/vm/recordings 2>/dev/null)" ] || fail 'a stage was built there'
[ ! -e cache-two/libvirt ] || fail 'libvirt was asked there'
test_appliance second
