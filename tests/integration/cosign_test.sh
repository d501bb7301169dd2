#!/bin/bash
# cosign_test.sh <gantry> <gantry_test_registry>: signatures as cosign keeps them, under the tag
# sha256-<hex>.sig, in the test registry and in Debian's docker-registry: what is written is looked
# at by curl, jq and openssl, and what is read was written by these.
set -euo pipefail
gantry=$1
server=$2
here=$(cd "$(dirname "$0")" && pwd)
. "$here/peer_image.sh"
. "$here/test_registry.sh"
. "$here/expectations.sh"
. "$here/docker_registry.sh"
need openssl jq curl python3 docker-registry
scratch=$(mktemp -d)
registry_pid=
docker_registry_pid=
signing=()
cleanup() {
  [[ -z $registry_pid ]] || kill "$registry_pid"
  [[ -z $docker_registry_pid ]] || kill "$docker_registry_pid"
  rm -rf "$scratch"
}
trap cleanup EXIT
cd "$scratch"
export GANTRY_CACHE_DIR=
signature_type=application/vnd.dev.cosign.artifact.sig.v1+json
manifest_type=application/vnd.oci.image.manifest.v1+json

# get <repository> <path>: what the registry has there.
get() {
  curl --silent --show-error --fail --location --header "Accept: $manifest_type" "http://${1%%/*}/v2/${1#*/}/$2"
}

# put_blob <repository> <file>
put_blob() {
  local location
  location=$(curl --silent --fail --request POST --dump-header - --output posted "http://${1%%/*}/v2/${1#*/}/blobs/uploads/" |
    tr -d '\r' | sed -n 's/^[Ll]ocation: //p')
  [[ $location == http* ]] || location=http://${1%%/*}$location
  [[ $location == *\?* ]] && location+='&' || location+='?'
  curl --silent --fail --request PUT --header 'Content-Type: application/octet-stream' --data-binary "@$2" \
    "${location}digest=$(digest_of "$2")" >/dev/null
}

digest_of() {
  echo "sha256:$(sha256sum "$1" | cut -d ' ' -f 1)"
}

# fixture <repository> <digest of the image> <private key>: a signature as cosign's
# specs/SIGNATURE_SPEC.md has it, and as cosign 2 writes it.
fixture() {
  printf '{"critical":{"identity":{"docker-reference":"%s"},"image":{"docker-manifest-digest":"%s"},"type":"cosign container image signature"},"optional":{"creator":"ci","timestamp":1458239713}}' \
    "$1" "$2" >payload
  openssl dgst -sha256 -sign "$3" -out signature payload
  printf '{"architecture":"","created":"0001-01-01T00:00:00Z","history":[{"created":"0001-01-01T00:00:00Z"}],"os":"","rootfs":{"type":"layers","diff_ids":["%s"]},"config":{}}' \
    "$(digest_of payload)" >config
  jq --null-input --compact-output --arg type "$manifest_type" --arg config "$(digest_of config)" \
    --argjson config_size "$(stat --format %s config)" --arg payload "$(digest_of payload)" \
    --argjson size "$(stat --format %s payload)" --arg signature "$(base64 --wrap 0 signature)" '{
      schemaVersion: 2, mediaType: $type,
      config: {mediaType: "application/vnd.oci.image.config.v1+json", size: $config_size, digest: $config},
      layers: [{mediaType: "application/vnd.dev.cosign.simplesigning.v1+json", size: $size, digest: $payload,
        annotations: {"dev.cosignproject.cosign/signature": $signature, "dev.sigstore.cosign/bundle": "{}"}}]}' >manifest
  put_blob "$1" payload
  put_blob "$1" config
  put_signatures "$1" "$2" manifest
}

# put_signatures <repository> <digest of the image> <manifest>
put_signatures() {
  curl --silent --fail --request PUT --header "Content-Type: $manifest_type" --data-binary "@$3" \
    "http://${1%%/*}/v2/${1#*/}/manifests/sha256-${2#sha256:}.sig" >/dev/null
}

# verifies <repository> <digest of the image> <public key> <layer>: as cosign verify --key does.
verifies() {
  local manifest
  manifest=$(get "$1" "manifests/sha256-${2#sha256:}.sig")
  get "$1" "blobs/$(jq -r ".layers[$4].digest" <<<"$manifest")" >payload
  jq -r ".layers[$4].annotations[\"dev.cosignproject.cosign/signature\"]" <<<"$manifest" | base64 -d >signature
  openssl dgst -sha256 -verify "$3" -signature signature payload >/dev/null ||
    fail "signature $4 of $1 is not by $3"
  [[ $(jq -r '.critical.image["docker-manifest-digest"]' payload) == "$2" ]] || fail "it is for another image"
}

# check <registry>
check() {
  local repository=$1/team/app reference digest manifest tag
  "$gantry" image publish oci:layout:1.0 --sbom --provenance --sign-key one.pem --to "$repository:1.0" >published
  reference=$(cat published)
  digest=${reference#*@}
  tag=sha256-${digest#sha256:}.sig
  [[ $("$gantry" image referrers "$reference" | wc -l) -eq 3 ]] || fail "not three documents are attached"
  verifies "$repository" "$digest" one.pub 0

  # A second key signs beside the first one, and nobody signs twice.
  "$gantry" image sign "$reference" --key two.pem >/dev/null
  "$gantry" image sign "$reference" --key two.pem >/dev/null
  "$gantry" image sign "$reference" --key one.pem >/dev/null
  manifest=$(get "$repository" "manifests/$tag")
  [[ $(jq '.layers | length' <<<"$manifest") -eq 2 ]] || fail "two keys have made: $manifest"
  verifies "$repository" "$digest" one.pub 0
  verifies "$repository" "$digest" two.pub 1
  get "$repository" "blobs/$(jq -r .config.digest <<<"$manifest")" >config
  [[ $(jq -c .rootfs.diff_ids config) == "$(jq -c '[.layers[].digest]' <<<"$manifest")" ]] ||
    fail "the configuration does not fit the layers: $(cat config)"
  [[ $(jq -r .config.mediaType <<<"$manifest") == application/vnd.oci.image.config.v1+json ]]
  for key in one two; do
    "$gantry" image verify-signature "$reference" --key $key.pub >/dev/null
  done
  fails 'no signature of the image is good' "$gantry" image verify-signature "$reference" --key other.pub

  # Two at once: neither gets lost.
  for key in three four; do
    "$gantry" image sign "$reference" --key $key.pem >/dev/null &
    signing+=("$!")
  done
  wait "${signing[@]}"
  signing=()
  [[ $(get "$repository" "manifests/$tag" | jq '.layers | length') -eq 4 ]] || fail "one of two has got lost"

  # What cosign has signed is read, and stays when another key signs.
  repository=$1/team/foreign
  "$gantry" image publish oci:layout:1.0 --to "$repository:1.0" >/dev/null
  fails 'the image has no signature' "$gantry" image verify-signature "$repository:1.0" --key one.pub
  fixture "$repository" "$digest" one.pem
  "$gantry" image verify-signature "$repository:1.0" --key one.pub --identity "$repository" --json |
    jq -e '.signatures[0].annotations.creator == "ci"' >/dev/null
  fails 'the key has not signed this payload' "$gantry" image verify-signature "$repository:1.0" --key two.pub
  "$gantry" image sign "$repository:1.0" --key two.pem >/dev/null
  [[ $(get "$repository" "manifests/$tag" | jq -cS '.layers[0]') == "$(jq -cS '.layers[0]' manifest)" ]] ||
    fail "the signature of cosign is not what it was"
  verifies "$repository" "$digest" one.pub 0
  verifies "$repository" "$digest" two.pub 1
  "$gantry" image verify-signature "$repository:1.0" --key one.pub >/dev/null

  # A flipped bit in it.
  repository=$1/team/flipped
  "$gantry" image publish oci:layout:1.0 --to "$repository:1.0" >/dev/null
  fixture "$repository" "$digest" one.pem
  printf '\x01' | dd of=signature bs=1 seek=20 conv=notrunc status=none
  jq --arg signature "$(base64 --wrap 0 signature)" \
    '.layers[0].annotations["dev.cosignproject.cosign/signature"] = $signature' manifest >flipped
  put_signatures "$repository" "$digest" flipped
  fails 'the key has not signed this payload' "$gantry" image verify-signature "$repository:1.0" --key one.pub
  # A manifest that claims to hold more than any signature does is not fetched.
  jq '.layers[0].size = 99999999999' manifest >huge
  if put_signatures "$repository" "$digest" huge; then
    fails 'it has more than 16777216 bytes' "$gantry" image verify-signature "$repository:1.0" --key one.pub
  fi
}

mkdir -p tree/opt
echo content >tree/opt/file
"$gantry" image build --layer tree --to oci:layout:1.0 --quiet
for key in one two three four other; do
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out $key.pem 2>/dev/null
  openssl pkey -in $key.pem -pubout -out $key.pub
done

for quirk in conforming no-referrers; do
  options=()
  [[ $quirk == conforming ]] || options=(--quirk "$quirk")
  start_registry "$server" "$scratch" "${options[@]}"
  check "$registry"
  stop_registry
done

port=$(free_port)
mkdir docker
start_docker_registry "$scratch/docker" "$port"
check "127.0.0.1:$port"

# An index: it is signed, and each of its images, which have the documents.
for architecture in amd64 arm64; do
  "$gantry" image build --layer tree --platform "linux/$architecture" --to "oci:$architecture:1.0" --quiet
done
"$gantry" image index oci:amd64:1.0 oci:arm64:1.0 --store store --output all.image >/dev/null
all=127.0.0.1:$port/team/all
"$gantry" image publish all.image --sbom --provenance --sign-key one.pem --attached memory --to "$all:1.0" >/dev/null
[[ $("$gantry" image referrers "$all:1.0" | sed 's/.*  //') == "$signature_type" ]] || fail "the index is not just signed"
for architecture in amd64 arm64; do
  [[ $("$gantry" image referrers "$all:1.0" --platform "linux/$architecture" | wc -l) -eq 3 ]] ||
    fail "not three documents are attached to the image for $architecture"
  "$gantry" image verify-signature "$all:1.0" --platform "linux/$architecture" --key one.pub >/dev/null
done
# Unchanged: one request for the tag, and two that list what is attached to each of the three.
before=$(requests "$scratch/docker")
"$gantry" image publish all.image --sbom --provenance --sign-key one.pem --attached memory --to "$all:1.0" >/dev/null
spent=$(($(requests "$scratch/docker") - before))
[[ $spent -eq 7 ]] || fail "an unchanged push of three subjects takes $spent requests"
