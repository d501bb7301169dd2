#!/bin/sh
# <gantry> <probe> <test registry>: skopeo and curl take the test registry for a real one.
set -eu
gantry=$1
probe=$2
server=$3
here=$(dirname "$0")
. "$here/peer_image.sh"
. "$here/test_registry.sh"
need skopeo curl
work=$(mktemp -d)
registry_pid=
trap '[ -z "$registry_pid" ] || kill "$registry_pid"; rm -rf "$work"' EXIT
make_images "$gantry" "$probe" "$work"
mkdir "$work/certs"

# round_trip <copy option>...: every image goes in and comes out bit for bit.
round_trip() {
  for compression in gzip gzip-dense zstd none; do
    skopeo copy --quiet --preserve-digests --dest-cert-dir "$work/certs" "$@" \
      "oci:$work/layout:$compression" "docker://$registry/some/app:$compression"
    rm -rf "$work/back"
    skopeo copy --quiet --preserve-digests --src-cert-dir "$work/certs" "$@" \
      "docker://$registry/some/app:$compression" "dir:$work/back"
    skopeo inspect --raw "oci:$work/layout:$compression" | cmp - "$work/back/manifest.json"
    for blob in "$work/back"/*; do
      name=$(basename "$blob")
      [ ${#name} -ne 64 ] || echo "$name  $blob"
    done | sha256sum --check --quiet
  done
}

for profile in conforming docker-registry hub ghcr ecr gar acr quay gitlab harbor nexus zot; do
  start_registry "$server" "$work" --profile $profile --repository some/app
  round_trip --src-tls-verify=false --dest-tls-verify=false
  tags=$(skopeo list-tags --tls-verify=false "docker://$registry/some/app" | grep -c '^ *"[gzn]')
  [ "$tags" -eq 4 ] || {
    echo "$profile: $tags tags"
    exit 1
  }
  stop_registry
  echo "$profile: 4 images"
done

start_registry "$server" "$work" --tls --directory "$work/served" --auth bearer --user me:secret
cp "$work/served/registry.pem" "$work/certs/ca.crt"
round_trip --src-creds me:secret --dest-creds me:secret
if skopeo inspect --raw --cert-dir "$work/certs" --creds me:wrong "docker://$registry/some/app:gzip"; then
  echo "a wrong password was taken"
  exit 1
fi 2>"$work/errors"
grep -q 'unauthorized' "$work/errors"
status=$(curl --silent --output "$work/answer" --write-out '%{http_code}' \
  --cacert "$work/served/registry.pem" "https://$registry/v2/")
[ "$status" = 401 ]
grep -q '"code":"UNAUTHORIZED"' "$work/answer"
stop_registry
echo "TLS with tokens: 4 images"

start_registry "$server" "$work" --auth basic --user me:secret --fault 'method=HEAD,status=503'
curl --silent --fail --user me:secret "http://$registry/v2/" >/dev/null
status=$(curl --silent --head --output /dev/null --write-out '%{http_code}' "http://$registry/v2/")
[ "$status" = 503 ]
grep -q '^503 HEAD /v2/ 0$' "$work/requests"
stop_registry
