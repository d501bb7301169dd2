#!/bin/bash
# registry_kill_test.sh GANTRY: killed at random moments of pushes and pulls, the next run
# completes, and no tag ever names what is not there.
set -euo pipefail
gantry=$1
here=$(dirname "$0")
# shellcheck source=tests/integration/peer_image.sh
. "$here/peer_image.sh"
# shellcheck source=tests/integration/docker_registry.sh
. "$here/docker_registry.sh"
need docker-registry jq curl python3
work=$(mktemp -d)
docker_registry_pid=
trap '[ -z "$docker_registry_pid" ] || kill "$docker_registry_pid"; rm -rf "$work"' EXIT
export GANTRY_CACHE_DIR=$work/cache
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY
mkdir -p "$work/a" "$work/b"
head -c 20000000 /dev/urandom >"$work/a/large"
head -c 3000000 /dev/urandom >"$work/b/small"
"$gantry" image build --quiet --layer "$work/a" --layer "$work/b" --to "oci:$work/layout:1.0"
port=$(free_port)
start_docker_registry "$work/registry" "$port"
host=127.0.0.1:$port
accept='application/vnd.oci.image.manifest.v1+json'

# whole <repository>: what its tag names is all there, if it has the tag.
whole() {
  curl --silent --fail --header "Accept: $accept" --output "$work/manifest" \
    "http://$host/v2/$1/manifests/1.0" || return 0
  for blob in $(jq -r '.config.digest, .layers[].digest' "$work/manifest"); do
    curl --silent --fail --head --output "$work/head" "http://$host/v2/$1/blobs/$blob" || {
      echo "the tag names $blob, which is not there" >&2
      return 1
    }
  done
}

# killed <milliseconds> <command>...
killed() {
  milliseconds=$1
  shift
  "$@" >"$work/out" 2>&1 &
  victim=$!
  sleep "$(printf '0.%03d' "$milliseconds")"
  kill -KILL $victim 2>/dev/null || true
  status=0
  wait $victim 2>/dev/null || status=$?
  [ $status -ne 137 ] || hits=$((hits + 1))
}

# more_rounds: until 25 were killed at work; those that were faster than that do not count.
more_rounds() {
  round=$((round + 1))
  [ $hits -lt 25 ] || return 1
  [ $round -le 150 ] || {
    echo "only $hits of 150 were killed at work"
    exit 1
  }
}

echo "seed $$"
RANDOM=$$
hits=0 round=0
while more_rounds; do
  repository=team/round$round
  killed $((RANDOM % 100)) "$gantry" image publish "oci:$work/layout:1.0" --to "$host/$repository:1.0"
  whole "$repository"
  rm -rf "$GANTRY_CACHE_DIR" # so that nothing is mounted from the round before
  "$gantry" image publish "oci:$work/layout:1.0" --to "$host/$repository:1.0" >"$work/out"
  whole "$repository"
done
echo "$((round - 1)) pushes, $hits of them killed"
hits=0 round=0
while more_rounds; do
  killed $((RANDOM % 60)) "$gantry" image pull "$host/team/round1:1.0" --to "oci:$work/pulled"
  "$gantry" image pull "$host/team/round1:1.0" --to "oci:$work/pulled" >"$work/out"
  diff -r "$work/pulled" "$work/layout"
  rm -rf "$work/pulled"
done
echo "$((round - 1)) pulls, $hits of them killed"
