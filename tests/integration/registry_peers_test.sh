#!/bin/bash
# registry_peers_test.sh <gantry> <probe>: skopeo, buildah and a Docker daemon pull from Debian's docker-registry what we have pushed
# there, and we what they have, bit for bit: plain, and with TLS and a password.
set -euo pipefail
gantry=$1
probe=$2
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/integration/dockerd.sh
. "$here/dockerd.sh"
# shellcheck source=tests/integration/peer_image.sh
. "$here/peer_image.sh"
# shellcheck source=tests/integration/docker_registry.sh
. "$here/docker_registry.sh"
need docker-registry skopeo buildah jq curl openssl python3
work=$(mktemp -d)
docker_registry_pid=
trap '[ -z "$docker_registry_pid" ] || kill "$docker_registry_pid"; stop_dockerd; rm -rf "$work"' EXIT
export GANTRY_CACHE_DIR=$work/cache HOME=$work/home XDG_DATA_HOME=$work/share DOCKER_CONFIG=$work/docker
export REGISTRY_AUTH_FILE=$work/auth.json
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY
mkdir -p "$HOME"
make_images "$gantry" "$probe" "$work"
start_dockerd
digest=$(skopeo inspect --format '{{.Digest}}' "oci:$work/layout:gzip")

fail() {
  echo "FAILED: $1" >&2
  exit 1
}

# same <what> <one> <other>
same() {
  [ "$2" = "$3" ] || fail "$1: $2 and $3"
}

# digest_of <reference>: as skopeo sees it, from the manifest's bytes.
digest_of() {
  skopeo inspect --raw "${peer[@]}" "docker://$1" | sha256sum | sed 's/^/sha256:/; s/ .*//'
}

# ours <word>...: a command of ours that talks to the registry.
ours() {
  "$gantry" "$@" "${us[@]}"
}

buildah_() {
  buildah --root "$work/storage" --runroot "$work/run" --storage-driver vfs "$@"
}

# blobs <what> <manifest> <directory>: the directory has all blobs that the manifest names, each with the bytes of its digest.
blobs() {
  for blob in $(jq -r '.config.digest, .layers[].digest' "$2"); do
    same "$1" "sha256:$(sha256sum <"$3/${blob#sha256:}" | cut -c 1-64)" "$blob"
  done
}

# pulled_by_us <who has pushed it> <reference>
pulled_by_us() {
  rm -rf "$work/ours"
  same "what we pull of $1's" "$(ours image pull "$2" --to "oci:$work/ours")" "oci:$work/ours@$(digest_of "$2")"
  skopeo inspect --raw "${peer[@]}" "docker://$2" >"$work/manifest"
  blobs "$1's blobs" "$work/manifest" "$work/ours/blobs/sha256"
  cmp "$work/manifest" "$work/ours/blobs/sha256/$(sha256sum <"$work/manifest" | cut -c 1-64)"
  "$gantry" image ls "oci:$work/ours" usr/share/app | grep -q data || fail "$1's image lacks a file"
}

# peers <host>: with $peer the options of skopeo and buildah for one registry, and $us ours.
peers() {
  host=$1
  echo "# we push, list, retag"
  ours image publish "oci:$work/layout:gzip" --to "$host/team/app:1.0" >"$work/out"
  ours registry copy "$host/team/app:1.0" "$host/team/app:stable" >"$work/out"
  same 'our tags' "$(ours registry ls "$host/team/app" | paste -sd ' ')" '1.0 stable'
  same "the digest that skopeo sees" "$(digest_of "$host/team/app:stable")" "$digest"

  echo "# they pull, by digest and by tag" # Docker does not ask again for a digest that it has
  for reference in "$host/team/app@$digest" "$host/team/app:1.0"; do
    rm -rf "$work/theirs"
    skopeo copy --quiet --preserve-digests "${peer[@]/#--/--src-}" "docker://$reference" "dir:$work/theirs"
    same "what skopeo pulls" "sha256:$(sha256sum <"$work/theirs/manifest.json" | cut -c 1-64)" "$digest"
    blobs "skopeo's blobs" "$work/theirs/manifest.json" "$work/theirs"
    buildah_ pull --quiet "${peer[@]}" "$reference" >"$work/out"
    docker pull --quiet "$reference" >"$work/out"
    same "what docker has pulled" "$(docker image inspect --format '{{json .RepoDigests}}' "$reference" |
      jq -r '.[0]')" "$host/team/app@$digest"
    same "what it says" "$(docker run --rm --network=none "$reference")" 'uid=1000 gid=100 groups=29,100'
  done
  same "the configuration that docker has" "$(docker image inspect --format '{{.Id}}' "$host/team/app:1.0")" \
    "$(jq -r .config.digest "$work/theirs/manifest.json")"
  same "the configuration that buildah has" "sha256:$(buildah_ images --quiet --no-trunc "$host/team/app:1.0" | sed 's/^sha256://')" \
    "$(jq -r .config.digest "$work/theirs/manifest.json")"

  echo "# they push, we pull"
  for format in oci v2s2; do
    skopeo copy --quiet --format $format "${peer[@]/#--/--dest-}" "oci:$work/layout:gzip" "docker://$host/peer/skopeo:$format"
    pulled_by_us skopeo "$host/peer/skopeo:$format"
    buildah_ push --quiet --format $format "${peer[@]}" "$host/team/app:1.0" "docker://$host/peer/buildah:$format"
    pulled_by_us buildah "$host/peer/buildah:$format"
  done
  docker tag "$host/team/app:1.0" "$host/peer/docker:1"
  docker push --quiet "$host/peer/docker:1" >"$work/out"
  pulled_by_us docker "$host/peer/docker:1"

  echo "# we delete"
  ours registry delete "$host/team/app@$digest" >"$work/out"
  same 'our tags' "$(ours registry ls "$host/team/app" 2>"$work/error")" ''
  docker rmi --force "$host/team/app:1.0" "$host/peer/docker:1" >"$work/out"
  if docker pull --quiet "$host/team/app:1.0" >"$work/out" 2>&1; then
    fail "docker pulls what we have deleted"
  fi
  kill "$docker_registry_pid"
  wait "$docker_registry_pid" || true
  docker_registry_pid=
}

echo '{}' >"$REGISTRY_AUTH_FILE" # buildah wants it to exist
port=$(free_port)
start_docker_registry "$work/plain" "$port"
us=()
peer=(--tls-verify=false)
peers "127.0.0.1:$port"

echo "# TLS and a password, which our login gives skopeo and buildah, and docker's us"
port=$(free_port)
start_secure_docker_registry "$work/tls" "$port"
us=(--ca-file "$work/tls/ca.crt")
mkdir "$work/certificates"
cp "$work/tls/ca.crt" "$work/certificates"
peer=(--cert-dir "$work/certificates")
printf 'open sesame' | ours registry login "localhost:$port" --username me --password-stdin >"$work/out"
# For the daemon all that is on loopback may have any certificate.
printf 'open sesame' | docker login --username me --password-stdin "localhost:$port" >"$work/out" 2>&1
env -u REGISTRY_AUTH_FILE "$gantry" registry ls "localhost:$port/team/app" "${us[@]}" 2>"$work/out"
peers "localhost:$port"
echo "skopeo, buildah and docker agree with us"
