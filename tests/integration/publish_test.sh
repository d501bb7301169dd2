#!/bin/bash
# publish_test.sh <gantry> <gantry_test_registry> <source tree>: a project publishes its images to a
# registry and stands on a base from there: pinned, offline, and moved only when it is asked for.
set -euo pipefail
gantry=$1
server=$2
modules=$3/cmake
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/integration/test_registry.sh
. "$here/test_registry.sh"
command -v skopeo >/dev/null || {
  echo "skipped: skopeo is not installed"
  exit 77
}
work=$(mktemp -d)
registry_pid=
trap '[ -z "$registry_pid" ] || kill "$registry_pid"; rm -rf "$work"' EXIT
export GANTRY_CACHE_DIR=$work/cache HOME=$work GIT_CEILING_DIRECTORIES=$work
unset SOURCE_DATE_EPOCH REGISTRY_AUTH_FILE DOCKER_CONFIG XDG_RUNTIME_DIR XDG_CONFIG_HOME

fail() {
  echo "FAILED: $1"
  exit 1
}

# expect <what> <found> <expected>
expect() {
  [ "$2" = "$3" ] || fail "$1: found '$2', expected '$3'"
}

build() {
  cmake --build "$project/build" --target "${1:-all}" >"$work/log" 2>&1 || {
    cat "$work/log"
    fail "the build of ${1:-all}"
  }
}

# label <reference> <name>
label() {
  skopeo inspect --tls-verify=false --format "{{index .Labels \"$2\"}}" "docker://$1"
}

digest_of() {
  skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$1"
}

start_registry "$server" "$work"
mkdir "$work/first" "$work/second"
echo one >"$work/first/base.txt"
echo two >"$work/second/base.txt"
for version in first second; do
  "$gantry" image build --quiet --layer "$work/$version" --to "oci:$work/base:$version"
done
"$gantry" image publish "oci:$work/base:first" --to "$registry/os/base" --tag stable >/dev/null

project=$work/project
mkdir "$project"
cat >"$project/CMakeLists.txt" <<EOF
cmake_minimum_required(VERSION 3.25)
project(Shop VERSION 1.0.0 LANGUAGES NONE)
set(GANTRY_EXECUTABLE "$gantry")
include("$modules/Gantry.cmake")
install(FILES shop.txt DESTINATION share COMPONENT shop)
gantry_add_image(Shop BASE "$registry/os/base:stable" INSTALL_COMPONENTS shop TAGS AUTO)
gantry_add_image(tools REPOSITORY "$registry/elsewhere/kit" INSTALL_COMPONENTS shop TAGS 7)
EOF
echo shop >"$project/shop.txt"
git -C "$project" init -q -b main
git -C "$project" config user.name A
git -C "$project" config user.email a@b
git -C "$project" add -A
git -C "$project" commit -q -m one
git -C "$project" tag v1.2.0

requests() { wc -l <"$work/requests"; }
before=$(requests)
cmake -G Ninja -S "$project" -B "$project/build" -DDEFAULT_GANTRY_REPOSITORY="$registry/me" \
  >"$work/log"
expect "requests while configuring" "$(requests)" "$before"
build publish_image
for tag in 1.2.0 1.2 1 latest edge "sha-$(git -C "$project" rev-parse --short=7 HEAD)"; do
  expect "the version of $tag" "$(label "$registry/me/shop:$tag" org.opencontainers.image.version)" 1.2.0
done
digest_of "$registry/elsewhere/kit:7" >/dev/null
first=$(digest_of "$registry/os/base:stable")
grep -q "$first" "$project/gantry.lock" || fail "the base is not pinned"
expect "the base's name" "$(skopeo inspect --raw --tls-verify=false "docker://$registry/me/shop:1" |
  jq -r '.annotations["org.opencontainers.image.base.name"]')" "$registry/os/base:stable"

before=$(requests)
build publish_image # six tags, and one
expect "requests of an unchanged publication" $(($(requests) - before)) 7
before=$(requests)
build
grep -q 'no work to do' "$work/log" || fail "a second build works: $(cat "$work/log")"
expect "requests of a second build" "$(requests)" "$before"

# The tag moves, the build does not, until it is told to.
"$gantry" image publish "oci:$work/base:second" --to "$registry/os/base" --tag stable >/dev/null
published=$(digest_of "$registry/me/shop:latest")
rm -r "$project/build"
cmake -G Ninja -S "$project" -B "$project/build" -DDEFAULT_GANTRY_REPOSITORY="$registry/me" \
  >"$work/log"
build publish_image
expect "the image on the pinned base" "$(digest_of "$registry/me/shop:latest")" "$published"
build update_bases
grep -q "${first:0:19} -> sha256:" "$work/log" || fail "no base moved: $(cat "$work/log")"
build publish_image
[ "$(digest_of "$registry/me/shop:latest")" != "$published" ] || fail "the base did not move"
"$gantry" image pull "$registry/me/shop:latest" --to "oci:$work/pulled" >/dev/null
"$gantry" image export "oci:$work/pulled:latest" --output "$work/pulled.tar" >/dev/null
expect "what the base holds" "$(tar -xOf "$work/pulled.tar" base.txt)" two

# A release of a maintenance branch moves its own line alone.
git -C "$project" commit -q --allow-empty -m two
git -C "$project" tag v1.3.0
build publish_image
newest=$(digest_of "$registry/me/shop:latest")
git -C "$project" checkout -q -b maintenance v1.2.0
git -C "$project" commit -q --allow-empty -m three
git -C "$project" tag v1.2.1
build publish_image
expect "latest" "$(digest_of "$registry/me/shop:latest")" "$newest"
expect "1" "$(digest_of "$registry/me/shop:1")" "$newest"
expect "1.2" "$(digest_of "$registry/me/shop:1.2")" "$(digest_of "$registry/me/shop:1.2.1")"

# Releases that are published at the same time: the highest has the floating tags in the end.
for version in 2.0.1 2.0.2 2.0.3; do
  echo "$version" >"$work/first/base.txt"
  "$gantry" image build --quiet --layer "$work/first" --to "oci:$work/release:$version"
  git clone -q "$project" "$work/clone-$version" 2>"$work/log"
  git -C "$work/clone-$version" tag "v$version"
done
for round in $(seq 10); do
  pids=()
  for version in 2.0.3 2.0.1 2.0.2; do
    sleep "0.00$((RANDOM % 10))"
    "$gantry" image publish "oci:$work/release:$version" --to "$registry/me/race-$round" \
      --tags-from-git "$work/clone-$version" >"$work/$version.log" 2>&1 &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do
    wait "$pid" || fail "a release is not published: $(cat "$work"/2.0.?.log)"
  done
  for tag in 2.0 2 latest; do
    expect "$tag in round $round" "$(digest_of "$registry/me/race-$round:$tag")" \
      "$(digest_of "$registry/me/race-$round:2.0.3")"
  done
done

# Tags of a commit that the image may not be of.
version=2.0.1
doubtful() {
  "$gantry" image publish "oci:$work/release:$version" --to "$registry/me/doubtful" --tags-from-git "$1" \
    2>"$work/warning" >"$work/log"
  cat "$work/warning"
}
expect "a warning of a clean checkout" "$(doubtful "$work/clone-$version")" ""
echo '# changed' >>"$work/clone-$version/CMakeLists.txt"
expect "the warning of changes" "$(doubtful "$work/clone-$version")" \
  "gantry: warning: $work/clone-$version: there are changes that no commit has, but the tags are the commit's"
git -C "$project" commit -q --allow-empty -m four
git clone -q --depth 1 "file://$project" "$work/shallow" 2>"$work/log"
expect "the warning of a shallow clone" "$(doubtful "$work/shallow")" \
  "gantry: warning: $work/shallow: a release may not be known as one, since the clone is shallow: fetch the whole history with its tags"

# Offline, in a new build tree: the lock and the cache are enough.
stop_registry
rm -r "$project/build"
cmake -G Ninja -S "$project" -B "$project/build" >"$work/log"
build
echo "published, pinned, moved and built offline"
