#!/bin/sh
# publish.sh <registry/repository>: joins the images in dist/images and publishes them under the tags
# that git says, with nothing compiled: with bill of materials, provenance and, if $SIGN_KEY names a
# key (its password in $GANTRY_KEY_PASSWORD), signatures. Logs in as $REGISTRY_USER with
# $REGISTRY_TOKEN, if set. In a workflow the reference by digest becomes the step's output
# `reference`.
set -eu
repository=$(echo "$1" | tr '[:upper:]' '[:lower:]')
cd -- "$(dirname -- "$0")/../.."
gantry=${GANTRY:-$PWD/dist/linux-amd64/bin/gantry}
images=${IMAGES:-$PWD/dist/images}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Artifacts lose the modes of their files.
chmod +x "$gantry"

if [ -n "${REGISTRY_TOKEN:-}" ]; then
  export REGISTRY_AUTH_FILE="$work/auth.json"
  printf %s "$REGISTRY_TOKEN" |
    "$gantry" registry login "${repository%%/*}" --username "$REGISTRY_USER" --password-stdin
fi

# A release is what its tag says, or it is none.
program=$("$gantry" --version)
case ${GITHUB_REF:-} in
  refs/tags/v*)
    [ "$program" = "gantry ${GITHUB_REF#refs/tags/v}" ] || {
      echo "publish: error: the tag is ${GITHUB_REF#refs/tags/}, but the program says: $program" >&2
      exit 1
    }
    ;;
esac

"$gantry" image index "oci:$images/linux-amd64:latest" "oci:$images/linux-arm64:latest" \
  --store "$work/store" --output "$work/gantry.image"
reference=$("$gantry" image publish "$work/gantry.image" --to "$repository" --tags-from-git . \
  --sbom --provenance ${SIGN_KEY:+--sign-key "$SIGN_KEY"})
echo "$reference"
[ -z "${GITHUB_OUTPUT:-}" ] || echo "reference=$reference" >>"$GITHUB_OUTPUT"
