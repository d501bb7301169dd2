#!/bin/bash
# supply_chain_test.sh <gantry> <gantry_test_registry>: what is attached to an image, read by programs that are not ours:
# the bill of materials by a validator of JSON schemas, signatures by openssl. GANTRY_SPDX_SCHEMA
# may name a copy of the specification's own schema, which is then asked too.
set -euo pipefail
gantry=$1
server=$2
here=$(cd "$(dirname "$0")" && pwd)
. "$here/peer_image.sh"
. "$here/test_registry.sh"
. "$here/expectations.sh"
need openssl jq python3 dpkg-query
python3 -c 'import jsonschema' 2>/dev/null || skip "Python has no jsonschema"
scratch=$(mktemp -d)
registry_pid=
attaching=()
cleanup() {
  [[ -z $registry_pid ]] || kill "$registry_pid"
  rm -rf "$scratch"
}
trap cleanup EXIT
cd "$scratch"
export GANTRY_CACHE_DIR=

# flip <file> <byte> <bit>
flip() {
  python3 - "$@" <<'PYTHON'
import sys
path, byte, bit = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
content = bytearray(open(path, "rb").read())
content[byte] ^= 1 << bit
open(path, "wb").write(content)
PYTHON
}

# Two packages of this machine, as if they were a root file system.
mkdir -p tree/var/lib/dpkg/info tree/etc tree/opt
cp /etc/os-release tree/etc/os-release
for package in dash hostname; do
  dpkg-query --status "$package" >>tree/var/lib/dpkg/status
  echo >>tree/var/lib/dpkg/status
  dpkg-query --listfiles "$package" | tee "tree/var/lib/dpkg/info/$package.list" |
    while read -r path; do
      [[ ! -f $path || -L $path ]] || install -D "$path" "tree$path"
    done
done
echo content >'tree/opt/näme "with quotes"'
ln tree/opt/* tree/opt/second-name

SOURCE_DATE_EPOCH=1600000000 "$gantry" image build --layer tree --to oci:layout:1.0 --quiet \
  --label org.opencontainers.image.title=app --label org.opencontainers.image.licenses=MIT \
  --label org.opencontainers.image.source=https://example.org/app.git
image=oci:layout:1.0
"$gantry" image sbom "$image" --output sbom.json
"$gantry" image sbom "$image" --output again.json
cmp sbom.json again.json
python3 "$here/spdx_check.py" sbom.json tree "$here/spdx_2_3.schema.json" \
  ${GANTRY_SPDX_SCHEMA:+"$GANTRY_SPDX_SCHEMA"}
for package in dash hostname; do
  version=$(dpkg-query --show --showformat '${Version}' "$package")
  jq -e --arg name "$package" --arg version "$version" \
    '.packages[] | select(.name == $name) | .versionInfo == $version' sbom.json >/dev/null ||
    fail "$package $version is not in the bill of materials"
done
printf '%b\n' 'gantry-build 1' 'project Demo' 'project-version 1.2' 'homepage https://example.org' \
  'found ZLIB\t1.2.13' 'found Threads' 'fetched fmt\t10.1\thttps://example.org/fmt.git\tv10.1' \
  'fetched data\t\thttps://example.org/data.tar.gz' >demo.build
"$gantry" image sbom "$image" --build-record demo.build --output project.json
python3 "$here/spdx_check.py" project.json tree "$here/spdx_2_3.schema.json" \
  ${GANTRY_SPDX_SCHEMA:+"$GANTRY_SPDX_SCHEMA"}
[[ $(jq -r '.packages[] | select(.name == "fmt" or .name == "data") | .downloadLocation' project.json | sort | tr '\n' ' ') == \
  'git+https://example.org/fmt.git@v10.1 https://example.org/data.tar.gz ' ]] || fail "sources of the project are lost"
owned=$(jq '[.relationships[] | select(.relationshipType == "EXPANDED_FROM_ARCHIVE")] | length' sbom.json)
files=$(cat tree/var/lib/dpkg/info/*.list | sort -u | while read -r path; do
  [[ ! -f tree$path || -L tree$path ]] || echo "$path"
done | wc -l)
[[ $owned -eq $files ]] || fail "$owned files are of packages, not $files"

"$gantry" image sbom "$image" --attach >/dev/null
"$gantry" image provenance "$image" --target app --attach >/dev/null
"$gantry" image referrers "$image" --type application/spdx+json --content | cmp - sbom.json
"$gantry" image referrers "$image" --type application/vnd.in-toto+json --content |
  jq -e --arg digest "$(jq -r '.manifests[0].digest[7:]' layout/index.json)" \
    '._type == "https://in-toto.io/Statement/v1" and .subject[0].digest.sha256 == $digest' >/dev/null

# Keys by openssl, one of them with a password.
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem 2>/dev/null
openssl pkey -in key.pem -pubout -out key.pub
openssl pkcs8 -topk8 -v2 aes-256-cbc -passout pass:secret -in key.pem -out encrypted.pem
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 2>/dev/null | openssl pkey -pubout -out other.pub
fails 'the image has no signature' "$gantry" image verify-signature "$image" --key key.pub
fails 'the key is encrypted, and no password is given' "$gantry" image sign "$image" --key encrypted.pem
echo wrong >password
fails 'the password does not open the key' "$gantry" image sign "$image" --key encrypted.pem --password-file password
GANTRY_KEY_PASSWORD=secret "$gantry" image sign "$image" --key encrypted.pem --identity localhost/app >signed
"$gantry" image sign "$image" --key key.pem --identity localhost/app | cmp - signed ||
  fail "an image was signed twice by one key"
"$gantry" image verify-signature "$image" --key key.pub --identity localhost/app
fails 'the key has not signed this payload' "$gantry" image verify-signature "$image" --key other.pub
fails "it is signed for 'localhost/app', not for 'localhost/other'" \
  "$gantry" image verify-signature "$image" --key key.pub --identity localhost/other

# By openssl alone, as docs/supply-chain.md has it.
manifest=layout/blobs/sha256/$(cut -d : -f 2 signed)
payload=layout/blobs/sha256/$(jq -r '.layers[0].digest[7:]' "$manifest")
jq -r '.layers[0].annotations["dev.cosignproject.cosign/signature"]' "$manifest" | base64 -d >signature
openssl dgst -sha256 -verify key.pub -signature signature "$payload"
jq -e --arg digest "$(jq -r '.manifests[0].digest' layout/index.json)" \
  '.critical.image["docker-manifest-digest"] == $digest' "$payload" >/dev/null

# What is on the disk may not change, wherever it does.
for file in "$payload" "$manifest" "layout/blobs/sha256/$(jq -r '.manifests[0].digest[7:]' layout/index.json)"; do
  size=$(stat --format %s "$file")
  cp --remove-destination "$file" original
  for ((byte = 0; byte < size; byte += 61)); do
    rm "$file"
    cp original "$file"
    flip "$file" "$byte" $((byte % 8))
    fails 'digest' "$gantry" image verify-signature "$image" --key key.pub
  done
  cp --remove-destination original "$file"
done
"$gantry" image verify-signature "$image" --key key.pub
"$gantry" image layout layout >/dev/null

# attest <repository>: publishes with all that can be attached, and looks at it from outside.
wanted=(--sbom --provenance --sign-key key.pem --build-record build --attached attached-before)
attest() {
  local image=$1:1.0 types
  rm -f attached-before
  printf '%s\n' 'gantry-build 1' 'target app' 'preset release' 'compiler GNU' >build
  "$gantry" image publish oci:layout:1.0 "${wanted[@]}" --to "$image" >/dev/null
  types=$("$gantry" image referrers "$image" | sed 's/.*  //' | sort | tr '\n' ' ')
  [[ $types == "$all_types" ]] || fail "attached to $image is: $types"
  "$gantry" image referrers "$image" --type application/spdx+json --content | cmp - sbom.json
  "$gantry" image referrers "$image" --type application/vnd.in-toto+json --content |
    jq -e '.predicate.buildDefinition | .externalParameters.preset == "release" and
      .externalParameters.tags == ["1.0"] and .internalParameters.compiler == "GNU"' >/dev/null ||
    fail "the provenance lacks what the build knows"
  "$gantry" image verify-signature "$image" --key key.pub --identity "${1#oci:}"
  # Without a memory too, nothing is attached twice.
  rm attached-before
  "$gantry" image publish oci:layout:1.0 "${wanted[@]}" --to "$image" --json | jq -e '.changed == false' >/dev/null ||
    fail "an unchanged image gets something attached again"
  rm attached-before
  "$gantry" image publish oci:layout:1.0 "${wanted[@]}" --to "$image" >/dev/null
  [[ $("$gantry" image referrers "$image" | wc -l) -eq 3 ]] || fail "a document is attached twice"
}
all_types='application/spdx+json application/vnd.dev.cosign.artifact.sig.v1+json application/vnd.in-toto+json '
fails 'no-such.pem: No such file or directory' \
  "$gantry" image publish oci:layout:1.0 --sign-key no-such.pem --to oci:unpublished
[[ ! -e unpublished ]] || fail "an image is published that cannot be signed"
attest oci:attested

# The same in registries: with a list of what is attached, and with a tag that stands for one.
for quirk in conforming no-referrers; do
  options=()
  unchanged=2
  [[ $quirk == conforming ]] || { options=(--quirk "$quirk"); unchanged=3; }
  start_registry "$server" "$scratch" "${options[@]}"
  image=$registry/team/app:1.0
  "$gantry" image publish oci:layout:1.0 --to "$image" >/dev/null
  fails 'the image has no signature' "$gantry" image verify-signature "$image" --key key.pub
  "$gantry" image attach "$image" --type application/spdx+json --file sbom.json >attached
  "$gantry" image attach "$image" --type application/spdx+json --file sbom.json | cmp - attached
  "$gantry" image sign "$image" --key key.pem >signed
  "$gantry" image sign "$image" --key key.pem | cmp - signed
  "$gantry" image verify-signature "$image" --key key.pub --identity "$registry/team/app"
  fails 'the key has not signed this payload' "$gantry" image verify-signature "$image" --key other.pub
  "$gantry" image referrers "$image" --type application/spdx+json --content | cmp - sbom.json
  [[ $("$gantry" image referrers "$image" | wc -l) -eq 2 ]] || fail "not two documents are attached"
  # From a registry, the documents are what they are from a layout.
  "$gantry" image sbom "$image" --name app --output registry.json
  cmp registry.json sbom.json
  "$gantry" image sbom "$image" --name app --attach | cmp - attached
  "$gantry" image provenance "$image" --target app | cmp - <("$gantry" image provenance oci:layout:1.0 --target app)
  "$gantry" image provenance "$image" --target app --attach >stated
  "$gantry" image provenance "$image" --target app --attach | cmp - stated
  [[ $("$gantry" image referrers "$image" | wc -l) -eq 3 ]] || fail "not three documents are attached"
  # Two at once.
  for word in one two; do
    echo "$word" >"$word"
    "$gantry" image attach "$image" --type "application/vnd.example.$word" --file "$word" >/dev/null &
    attaching+=("$!")
  done
  wait "${attaching[@]}"
  attaching=()
  [[ $("$gantry" image referrers "$image" | wc -l) -eq 5 ]] || fail "one of two has got lost"
  attest "$registry/team/attested"
  # Unchanged: one request for the tag, and what lists the documents.
  before=$(wc -l <requests)
  "$gantry" image publish oci:layout:1.0 "${wanted[@]}" --to "$registry/team/attested:1.0" >/dev/null
  requests=$(($(wc -l <requests) - before))
  [[ $requests -eq $unchanged ]] || fail "an unchanged push takes $requests requests, not $unchanged"
  # A tag is set when all is attached, so it is the last that is written.
  [[ $(grep -o 'PUT [^ ]*/team/attested/manifests/[^ ]*' requests | tail -n 1) == */manifests/1.0 ]] ||
    fail "the tag is set before all is attached"
  stop_registry
done
