#!/bin/bash
# base_test.sh <gantry> <source tree>: images stand on a base of Debian's docker-registry that skopeo
# has put there; what is fetched of it, when, and how often is read from the registry's own log.
set -euo pipefail
gantry=$1
modules=$2/cmake
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/integration/peer_image.sh
. "$here/peer_image.sh"
# shellcheck source=tests/integration/docker_registry.sh
. "$here/docker_registry.sh"
need docker-registry skopeo jq curl python3
work=$(mktemp -d)
docker_registry_pid=
trap '[ -z "$docker_registry_pid" ] || kill "$docker_registry_pid"; rm -rf "$work"' EXIT
export GANTRY_CACHE_DIR=$work/cache HOME=$work GIT_CEILING_DIRECTORIES=$work
unset SOURCE_DATE_EPOCH REGISTRY_AUTH_FILE DOCKER_CONFIG XDG_RUNTIME_DIR XDG_CONFIG_HOME
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY

fail() {
  echo "FAILED: $1"
  exit 1
}

# expect <what> <found> <expected>
expect() {
  [ "$2" = "$3" ] || fail "$1: found '$2', expected '$3'"
}

# configure <build tree>
configure() {
  cmake -G Ninja -S "$work/project" -B "$work/$1" -DDEFAULT_GANTRY_REPOSITORY="$host/me" \
    >"$work/log"
}

# build <build tree> <target>...
build() {
  tree=$1
  shift
  cmake --build "$work/$tree" --parallel 4 --target "$@" >"$work/log" 2>&1 || {
    cat "$work/log"
    fail "the build of $*"
  }
}

# log <pattern>: how many lines of the registry's log have it since the last call of forget.
log() {
  requests "$work/registry" >/dev/null
  tail -n "+$((seen + 1))" "$work/registry/access.log" | grep -cE "$1" || true
}
forget() { seen=$(requests "$work/registry"); }

port=$(free_port)
start_docker_registry "$work/registry" "$port"
host=127.0.0.1:$port
mkdir -p "$work/lower/usr/bin" "$work/upper/etc" "$work/project"
ln -s usr/bin "$work/lower/bin"
head -c 3000000 /dev/urandom >"$work/lower/usr/bin/large"
echo debian >"$work/upper/etc/os"
"$gantry" image build --quiet --layer "$work/lower" --layer "$work/upper" --to "oci:$work/base:1"
skopeo copy --quiet --dest-tls-verify=false "oci:$work/base:1" "docker://$host/os/base:1"
mapfile -t layers < <(skopeo inspect "oci:$work/base:1" | jq -r '.Layers[]')
expect "layers of the base" "${#layers[@]}" 2
any_layer="GET /v2/[^ ]*/blobs/(${layers[0]}|${layers[1]})"

cat >"$work/project/CMakeLists.txt" <<END
cmake_minimum_required(VERSION 3.25)
project(Shop VERSION 1.0.0 LANGUAGES NONE)
set(GANTRY_EXECUTABLE "$gantry")
include("$modules/Gantry.cmake")
install(FILES shop.txt DESTINATION /bin COMPONENT shop)
install(FILES shop.txt DESTINATION share COMPONENT till)
gantry_add_image(settings BASE "$host/os/base:1" ENTRYPOINT /usr/bin/large TAGS 1)
gantry_add_image(shop BASE "$host/os/base:1" INSTALL_COMPONENTS shop TAGS 1)
gantry_add_image(till BASE "$host/os/base:1" INSTALL_COMPONENTS till TAGS 1)
END
echo shop >"$work/project/shop.txt"

forget
configure first
expect "requests while configuring" "$(log .)" 0
build first settings
expect "requests for an image that adds no files: manifest and configuration" "$(log '"GET ')" 2
expect "layers for an image that adds no files" "$(log "$any_layer")" 0

forget
build first publish_settings
expect "layers that are mounted" "$(log 'POST /v2/me/settings/blobs/uploads/\?.*from=os%2Fbase|POST /v2/me/settings/blobs/uploads/\?.*from=os/base')" 2
expect "layers fetched to be published" "$(log "$any_layer")" 0
skopeo copy --quiet --src-tls-verify=false "docker://$host/me/settings:1" "oci:$work/pulled:1"
cmp "$work/base/blobs/sha256/${layers[0]#sha256:}" "$work/pulled/blobs/sha256/${layers[0]#sha256:}"

forget
build first shop till
for layer in "${layers[@]}"; do
  expect "how often two images that add files fetch $layer" "$(log "GET /v2/os/base/blobs/$layer")" 1
done
forget
build first publish_image
expect "layers fetched to be published" "$(log "$any_layer")" 0
forget
build first publish_shop
expect "requests of an unchanged push" "$(log .)" 1
"$gantry" image ls "$work/first/gantry/images/shop.image" >"$work/list"
grep -q usr/bin/shop.txt "$work/list" ||
  fail "the base's link is not followed"

# A second build tree has all from the cache, and with it no need of the layers.
forget
configure second
build second all
"$gantry" image export "$work/second/gantry/images/shop.image" --output "$work/shop.tar" 2>"$work/log"
expect "requests of a second build tree" "$(log .)" 0
tar -tf "$work/shop.tar" >"$work/list"
grep -q usr/bin/large "$work/list" || fail "the base's files are not exported"

# Without a cache, an image that adds no files has its layers when they are read.
export GANTRY_CACHE_DIR=
configure third
build third settings
forget
"$gantry" image publish "$work/third/gantry/images/settings.image" --to "oci:$work/embedded:1" >"$work/log"
for layer in "${layers[@]}"; do
  expect "how often publishing to a layout fetches $layer" "$(log "GET /v2/os/base/blobs/$layer")" 1
done
"$gantry" image layout "$work/embedded" >"$work/log" || fail "the layout: $(cat "$work/log")"

# Killed while it fetches, at any moment, the next run goes on.
for moment in 0.005 0.01 0.02 0.03 0.05; do
  rm -rf "$work/fourth"
  configure fourth
  build fourth settings
  { # bash tells of who was killed
    timeout --signal=KILL "$moment" "$gantry" image export \
      "$work/fourth/gantry/images/settings.image" --output "$work/killed.tar" || true
  } 2>"$work/log"
  "$gantry" image export "$work/fourth/gantry/images/settings.image" --output "$work/settings.tar" \
    2>"$work/log" || fail "after a kill: $(cat "$work/log")"
  cmp <(tar -xOf "$work/settings.tar" usr/bin/large) "$work/lower/usr/bin/large"
done

# Offline.
configure fifth
build fifth settings
kill "$docker_registry_pid"
wait "$docker_registry_pid" || true
docker_registry_pid=
GANTRY_CACHE_DIR=$work/cache
configure offline
build offline all
GANTRY_CACHE_DIR=
if "$gantry" image ls "$work/fifth/gantry/images/settings.image" 2>"$work/error" >"$work/log"; then
  fail "layers were listed that are not there"
fi
grep -q "layer sha256:[0-9a-f]* of the base '$host/os/base:1' is neither in the store nor in the cache, and cannot be fetched: no answer from http://$host" \
  "$work/error" || fail "another error: $(cat "$work/error")"
configure sixth
if cmake --build "$work/sixth" --target settings >"$work/error" 2>&1; then
  fail "a base was built on that is not there"
fi
grep -q "the document sha256:[0-9a-f]* of the base '$host/os/base:1' is neither in the store nor in the cache, and cannot be fetched: no answer from http://$host" \
  "$work/error" || fail "another error: $(cat "$work/error")"
echo "described, mounted, fetched once and shared"
