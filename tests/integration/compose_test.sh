#!/bin/bash
# compose_test.sh GANTRY EXAMPLE: the compose file of the example, by docker-compose and a dockerd of
# our own: without IMAGE_TAG it builds the image, with it the published one is pulled and run.
set -euo pipefail

gantry=$1
example=$2
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
# shellcheck source=tests/integration/dockerd.sh
. "$here/dockerd.sh"
# shellcheck source=tests/integration/docker_registry.sh
. "$here/docker_registry.sh"

work=$(mktemp -d)
trap 'stop_dockerd; [ -z "${docker_registry_pid:-}" ] || kill "$docker_registry_pid"; rm -rf "$work"' EXIT

fail() {
  echo "FAILED: $1"
  exit 1
}

command -v docker-compose >/dev/null || skip "docker-compose is not installed (package docker-compose)"
start_dockerd
port=$(free_port)
start_docker_registry "$work/registry" "$port"

architecture=$(dpkg --print-architecture)
mkdir -p "$work/example/dist/linux-$architecture"
cp "$example/compose.yaml" "$example/Dockerfile" "$example/hello.c" "$work/example/"
cd "$work/example"
# The daemon of the test has no network for containers.
cat >compose.override.yaml <<'EOF'
services:
  hello:
    network_mode: none
EOF

# compile VERSION
compile() {
  echo "#define HELLO_VERSION \"$1\"" >HELLO_version.h
  cc -static -I. -o "dist/linux-$architecture/hello" hello.c
}

compose() {
  DOCKER_BUILDKIT=0 COMPOSE_DOCKER_CLI_BUILD=0 docker-compose -f compose.yaml \
    -f compose.override.yaml "$@" 2>"$work/log"
}

compile 1.5.0-built
# BuildKit knows the architecture by itself, but Debian has it without the plugin that it needs.
compose build --build-arg "TARGETARCH=$architecture" hello >"$work/built" || fail "building: $(cat "$work/built" "$work/log")"
compose run --rm hello >"$work/output" || fail "running what was built: $(cat "$work/log")"
grep -q 1.5.0-built "$work/output" || fail "what was built says: $(cat "$work/output")"

# What is published is another one.
compile 1.4.2
mkdir -p "$work/tree/usr/bin"
mv "dist/linux-$architecture/hello" "$work/tree/usr/bin/"
"$gantry" image build --quiet --layer "$work/tree" --entrypoint /usr/bin/hello --to "oci:$work/layout:1.4.2"
"$gantry" image publish "oci:$work/layout:1.4.2" --to "127.0.0.1:$port/me/hello" --tag 1.4.2 >"$work/log"
export IMAGE_REPOSITORY=127.0.0.1:$port/me/hello IMAGE_TAG=1.4.2
compose pull hello >"$work/pulled" || fail "pulling: $(cat "$work/pulled" "$work/log")"
compose run --rm hello >"$work/output" || fail "running what was pulled: $(cat "$work/log")"
grep -q 'hello 1.4.2' "$work/output" || fail "what was pulled says: $(cat "$work/output")"
