#!/bin/bash
# registry_test.sh GANTRY: pushes to Debian's docker-registry and pulls from it, plain and with TLS
# and a password; skopeo and buildah read what we push, and we what they push, bit for bit.
set -euo pipefail
gantry=$1
here=$(dirname "$0")
# shellcheck source=tests/integration/peer_image.sh
. "$here/peer_image.sh"
# shellcheck source=tests/integration/docker_registry.sh
. "$here/docker_registry.sh"
need docker-registry skopeo jq curl openssl python3
work=$(mktemp -d)
docker_registry_pid=
trap '[ -z "$docker_registry_pid" ] || kill "$docker_registry_pid"; rm -rf "$work"' EXIT
export GANTRY_CACHE_DIR=$work/cache HOME=$work/home XDG_DATA_HOME=$work/share
export REGISTRY_AUTH_FILE=$work/auth.json
echo "{}" >"$REGISTRY_AUTH_FILE" # buildah wants it to exist
mkdir -p "$HOME" "$work/a" "$work/b"
# What the machine's proxy is for, this is not.
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY

fail() {
  echo "$1" >&2
  exit 1
}

# same <what> <one> <other>
same() {
  [ "$2" = "$3" ] || fail "$1: $2 and $3"
}

# fails <text> <command>...: with an error that has the text.
fails() {
  text=$1
  shift
  if "$@" 2>"$work/error"; then
    fail "this succeeds: $*"
  fi
  grep -q "$text" "$work/error" || fail "another error than '$text': $(cat "$work/error")"
}

head -c 5000000 /dev/urandom >"$work/a/large"
echo one >"$work/b/small"
"$gantry" image build --quiet --layer "$work/a" --layer "$work/b" --to "oci:$work/layout:1.0"
echo two >"$work/b/small"
"$gantry" image build --quiet --layer "$work/a" --layer "$work/b" --to "oci:$work/layout:2.0"
digest=$(skopeo inspect --format '{{.Digest}}' "oci:$work/layout:1.0")

port=$(free_port)
start_docker_registry "$work/plain" "$port"
host=127.0.0.1:$port

# budget <what> <requests>: since the last time
seen=$(requests "$work/plain")
budget() {
  now=$(requests "$work/plain")
  [ $((now - seen)) -le "$2" ] || {
    tail -n $((now - seen)) "$work/plain/access.log" >&2
    fail "$1 took $((now - seen)) requests, not $2"
  }
  seen=$now
}

echo "# push, list, pull, retag"
printed=$("$gantry" image publish "oci:$work/layout:1.0" --to "$host/team/app" --tag 1.0)
same "the printed reference" "$printed" "$host/team/app@$digest"
budget "a cold push of 3 blobs" 8
"$gantry" image publish "oci:$work/layout:1.0" --to "$host/team/app:1.0" >"$work/out"
budget "an unchanged push" 1
"$gantry" image publish "oci:$work/layout:2.0" --to "$host/team/app" --tag 1.0.1 --tag latest >"$work/out"
budget "a push of a small change" 11
"$gantry" image publish "oci:$work/layout:1.0" --to "$host/team/app" --tag latest --json >"$work/out"
same "blobs that were sent to retag" "$(jq .sentBlobs "$work/out")" 0
seen=$(requests "$work/plain")
"$gantry" image publish "oci:$work/layout:1.0" --to "$host/team/second:1.0" --json >"$work/out"
same "blobs that were sent, not mounted" "$(jq .sentBlobs "$work/out")" 0
budget "a push of 3 blobs that are mounted" 5
same "the tags" "$(skopeo list-tags --tls-verify=false "docker://$host/team/app" | jq -c '.Tags | sort')" \
  '["1.0","1.0.1","latest"]'
seen=$(requests "$work/plain")
"$gantry" image pull "$host/team/app:1.0" --to "oci:$work/pulled" >"$work/out"
budget "a pull of 3 blobs" 4
rm -rf "$work/only"
"$gantry" image publish "oci:$work/layout:1.0" --to "oci:$work/only:1.0" >"$work/out"
diff -r "$work/pulled" "$work/only"

echo "# skopeo and buildah read what we have pushed"
skopeo copy --quiet --src-tls-verify=false "docker://$host/team/app:1.0" "oci:$work/skopeo:1.0"
diff -r "$work/skopeo/blobs" "$work/only/blobs"
if command -v buildah >/dev/null && [ "$(id -u)" -eq 0 ]; then
  buildah --root "$work/storage" --runroot "$work/run" --storage-driver vfs pull --quiet \
    --tls-verify=false "$host/team/app:1.0" >"$work/out"
fi

echo "# we read what skopeo has pushed, in both forms of manifest"
for format in oci v2s2; do
  skopeo copy --quiet --dest-tls-verify=false --format $format "oci:$work/layout:2.0" \
    "docker://$host/peer/$format:1"
  pushed=$(skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$host/peer/$format:1")
  printed=$("$gantry" image pull "$host/peer/$format:1" --to "oci:$work/$format")
  same "the digest of a $format image" "$printed" "oci:$work/$format@$pushed"
done

echo "# what is not there, and who is not let in"
fails 'the registry has no such image' "$gantry" image pull "$host/team/none:1" --to "oci:$work/none"

echo "# how registries are spoken to, by the environment"
authorities=/etc/ssl/certs/ca-certificates.crt
fails 'GANTRY_PLAIN_HTTP=HOST:PORT' env GANTRY_CA_FILE=$authorities "$gantry" registry ls "$host/team/app"
fails 'GANTRY_PLAIN_HTTP=HOST:PORT' env GANTRY_CA_FILE=$authorities GANTRY_PLAIN_HTTP=other.example,127.0.0.1 \
  "$gantry" registry ls "$host/team/app"
GANTRY_CA_FILE=$authorities GANTRY_PLAIN_HTTP="other.example, $host" "$gantry" registry ls "$host/team/app" >"$work/out"
kill "$docker_registry_pid"
wait "$docker_registry_pid" || true
docker_registry_pid=

echo "# TLS and a password"
port=$(free_port)
start_secure_docker_registry "$work/tls" "$port"
host=localhost:$port
fails 'gantry registry login' "$gantry" image publish "oci:$work/layout:1.0" --to "$host/team/app:1.0" --ca-file "$work/tls/ca.crt"
printf 'open sesame' | "$gantry" registry login "$host" --username me --password-stdin \
  --ca-file "$work/tls/ca.crt" >"$work/out"
"$gantry" image publish "oci:$work/layout:1.0" --to "$host/team/app:1.0" --ca-file "$work/tls/ca.crt" \
  >"$work/out"
rm -rf "$work/pulled"
"$gantry" image pull "$host/team/app:1.0" --to "oci:$work/pulled" --ca-file "$work/tls/ca.crt" >"$work/out"
diff -r "$work/pulled" "$work/only"
same "by the environment" 1.0 "$(GANTRY_CA_FILE=$work/tls/ca.crt "$gantry" registry ls "$host/team/app")"
mkdir "$work/authorities"
cp "$work/tls/ca.crt" "$work/authorities/ours.pem"
cp "$work/tls/ca.crt" "$work/authorities/ca-certificates.crt"
openssl rehash "$work/authorities" 2>"$work/err"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -keyout "$work/other.key" \
  -out "$work/other.crt" -subj /CN=other 2>"$work/err"
# trusting <command>...: on a machine that trusts our authority, in its file and its directory.
trusting() {
  # shellcheck disable=SC2016 # for the shell in there to expand
  unshare --map-root-user --mount sh -c 'mount --bind "$0" /etc/ssl/certs && exec "$@"' "$work/authorities" "$@"
}
if unshare --map-root-user --mount true 2>"$work/err" && [ "$(id -u)" = 0 ]; then
  same "what the machine trusts" 1.0 "$(trusting "$gantry" registry ls "$host/team/app" \
    --client-certificate "$work/other.crt" --client-key "$work/other.key")"
  fails 'certificate' trusting "$gantry" registry ls "$host/team/app" --ca-file "$work/other.crt"
fi
same "what skopeo sees over TLS" "$digest" "$(skopeo inspect --tls-verify=false \
  --creds 'me:open sesame' --format '{{.Digest}}' "docker://$host/team/app:1.0")"
fails 'certificate' "$gantry" image pull "$host/team/app:1.0" --to "oci:$work/none" --ca-file /etc/ssl/certs/ca-certificates.crt
