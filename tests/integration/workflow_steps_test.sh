#!/bin/bash
# <gantry> <its .image> <test registry> <source tree>: what the workflows run, run without GitHub:
# the images of two platforms are published, and the one for this machine is verified.
set -euo pipefail
gantry=$1
image=$2
server=$3
source=$4
here=$(cd "$(dirname "$0")" && pwd)
. "$here/peer_image.sh"
. "$here/test_registry.sh"
need git skopeo jq umoci setfattr openssl
[ "$(uname -m)" = x86_64 ] || skip 'the program in the image is for another machine than linux/amd64'
work=$(mktemp -d)
registry_pid=
trap '[ -z "$registry_pid" ] || kill "$registry_pid"; rm -rf "$work"' EXIT
unset GITHUB_REF GITHUB_REF_NAME GITHUB_REF_TYPE GITHUB_OUTPUT REGISTRY_AUTH_FILE
export HOME="$work" GIT_CONFIG_NOSYSTEM=1 GANTRY_CACHE_DIR=

fail() {
  echo "FAILED: $1"
  exit 1
}

# What the job `binaries` leaves, in a checkout of a released commit. No program for arm64 is made
# here: a file takes its place.
version=$("$gantry" --version)
version=${version#gantry }
mkdir -p "$work/project/.github" "$work/project/tests" "$work/project/dist/linux-amd64/bin" "$work/tree/usr/bin"
cd "$work/project"
cp -R "$source/.github/scripts" .github
cp -R "$source/tests/integration" tests
cp "$gantry" dist/linux-amd64/bin/gantry
chmod -x dist/linux-amd64/bin/gantry
"$gantry" image publish "$image" --to "oci:dist/images/linux-amd64" --tag latest >/dev/null
echo 'no program' >"$work/tree/usr/bin/gantry"
"$gantry" image build --quiet --layer "$work/tree" --platform linux/arm64 --to oci:dist/images/linux-arm64:latest
git init --quiet --initial-branch=main
git add .github
git -c user.name=me -c user.email=me@example.org commit --quiet --message=release
git tag "v$version"

start_registry "$server" "$work" --auth bearer --user me:secret
export REGISTRY_USER=me REGISTRY_TOKEN=secret GITHUB_OUTPUT="$work/output"
GITHUB_REF=refs/tags/v99.0.0 sh .github/scripts/publish.sh "$registry/me/gantry" >"$work/log" 2>&1 &&
  fail 'a program of another version than the tag was published'
grep -qF "publish: error: the tag is v99.0.0, but the program says: gantry $version" "$work/log" ||
  fail "$(cat "$work/log")"
if grep -q PUT "$work/requests"; then fail 'something was published'; fi

openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$work/key.pem" 2>/dev/null
openssl pkey -in "$work/key.pem" -pubout -out "$work/key.pub"
SIGN_KEY=$work/key.pem GITHUB_REF=refs/tags/v$version sh .github/scripts/publish.sh "$registry/Me/Gantry"
reference=$(sed -n 's/^reference=//p' "$GITHUB_OUTPUT")
[[ $reference == "$registry/me/gantry@sha256:"* ]] || fail "the output is: $(cat "$GITHUB_OUTPUT")"
for tag in "$version" latest "sha-$(git rev-parse --short=7 HEAD)"; do
  platforms=$(skopeo inspect --raw --tls-verify=false --creds me:secret "docker://$registry/me/gantry:$tag" |
    jq -c '[.manifests[].platform.architecture]')
  [ "$platforms" = '["amd64","arm64"]' ] || fail "$tag is for $platforms"
done

# What it is published with.
REGISTRY_AUTH_FILE=$work/auth.json
export REGISTRY_AUTH_FILE
printf secret | "$gantry" registry login "$registry" --username me --password-stdin
"$gantry" image verify-signature "$reference" --key "$work/key.pub" --identity "$registry/me/gantry"
for platform in linux/amd64 linux/arm64; do
  [ "$("$gantry" image referrers "$reference" --platform $platform | wc -l)" -eq 3 ] ||
    fail "not three documents are attached to the image for $platform"
done
rm "$REGISTRY_AUTH_FILE"
unset REGISTRY_AUTH_FILE

sh .github/scripts/verify.sh "$reference" linux/amd64 >"$work/log" 2>&1 || fail "$(cat "$work/log")"
grep -qF "verify: $reference is good for linux/amd64" "$work/log" || fail "$(cat "$work/log")"
sh .github/scripts/verify.sh "$reference" linux/arm64 >"$work/log" 2>&1 && fail 'a file that is no program is good'
grep -qF "verify: error: the program in $reference for linux/arm64 does not run" "$work/log" || fail "$(cat "$work/log")"
REGISTRY_TOKEN=wrong sh .github/scripts/verify.sh "$reference" linux/amd64 >"$work/log" 2>&1 &&
  fail 'a wrong password is good enough'
grep -q 'UNAUTHORIZED' "$work/log" || fail "$(cat "$work/log")"
if grep -rq secret "$work/log" "$work/requests"; then fail 'the token is in a log'; fi
stop_registry
[ -z "$(find "$HOME" -name auth.json -o -name config.json)" ] || fail 'the credentials were kept'
echo "published and verified $reference"
