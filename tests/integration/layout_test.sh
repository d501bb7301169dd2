#!/bin/bash
# layout_test.sh <gantry>: publish, inspect and layout on an image that umoci has made, with skopeo
# as the reader of what we write.
set -euo pipefail
gantry=$1
for tool in umoci skopeo jq; do
  if ! command -v "$tool" >/dev/null; then
    echo "skipped: needs $tool"
    exit 77
  fi
done
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
export GANTRY_CACHE_DIR=

fail() {
  echo "FAILED: $1"
  exit 1
}

# expect <what> <found> <expected>
expect() {
  [[ $2 == "$3" ]] || fail "$1: found '$2', expected '$3'"
}

umoci init --layout base
umoci new --image base:v1
echo content >file
umoci insert --rootless --image base:v1 file /usr/share/file >/dev/null
umoci config --image base:v1 --config.entrypoint /bin/app --config.entrypoint 'two words' \
  --config.env A=1 --config.user 1:2 --config.label key=value --config.exposedports 80/tcp
digest=$(skopeo inspect --format '{{.Digest}}' oci:base:v1)

expect "publish prints the reference by digest" \
  "$("$gantry" image publish oci:base:v1 --to oci:out:1.0 --tag latest)" "oci:out@$digest"
for tag in 1.0 latest; do
  expect "skopeo reads $tag" "$(skopeo inspect --format '{{.Digest}}' "oci:out:$tag")" "$digest"
done
expect "publishing again changes nothing" \
  "$("$gantry" image publish oci:base:v1 --to oci:out --tag latest --tag 1.0 --json | jq .changed)" \
  false
config=$(jq -r .config.digest "out/blobs/sha256/${digest#sha256:}")
expect "blobs are linked" "$(stat -c %h "out/blobs/sha256/${config#sha256:}")" 2

umoci config --image base:v1 --tag v2 --config.label key=other
"$gantry" image publish oci:base:v2 --to oci:out --tag latest >/dev/null
expect "a floating tag moves" "$(skopeo inspect oci:out:latest | jq -r .Labels.key)" other
expect "another tag stays" "$(skopeo inspect --format '{{.Digest}}' oci:out:1.0)" "$digest"

"$gantry" image inspect oci:out:1.0 >inspected
for line in "digest       $digest" "platform     linux/amd64" "entrypoint   /bin/app 'two words'" \
  "env          A=1" "user         1:2" "label        key=value" "port         80/tcp"; do
  grep -qxF "$line" inspected || fail "inspect does not print '$line': $(cat inspected)"
done
grep -qE '^ +1  sha256:[0-9a-f]{12}  +[0-9]+ B  umoci insert$' inspected ||
  fail "inspect does not list the layer: $(cat inspected)"
expect "inspect --raw prints the manifest" \
  "sha256:$("$gantry" image inspect --raw "oci:out@$digest" | sha256sum | cut -c-64)" "$digest"
"$gantry" image inspect --json oci:out:1.0 |
  jq -e --arg digest "$digest" '.digest == $digest and .config.config.User == "1:2" and
    .layers[0].diffId == .config.rootfs.diff_ids[0]' >/dev/null || fail "inspect --json"

"$gantry" image layout out >checked || fail "a good layout: $(cat checked)"
[[ $(tail -n 1 checked) == "out: 2 images, 5 blobs, "*": valid" ]] || fail "$(cat checked)"
layer=$("$gantry" image inspect --json oci:out:1.0 | jq -r '.layers[0].digest')
rm -f "out/blobs/sha256/${layer#sha256:}"
if "$gantry" image layout out --json >checked; then
  fail "a missing layer is not noticed"
fi
expect "the missing layer is named" "$(jq -r '.problems[0].what' checked)" "blob $layer is missing"

status=0
"$gantry" image publish oci:base:v1 --to docker://host/name 2>error || status=$?
expect "a place that is no layout" "$status $(head -n 1 error)" \
  "1 gantry: error: --to: 'docker://host/name' is no place to publish to"
"$gantry" image inspect oci:out:3.0 2>error && fail "there is no 3.0"
expect "tags are listed" "$(tail -n 1 error)" "hint: there is: 1.0, latest"
