#!/bin/sh
# verify.sh <image> <os/architecture>: pulls the published image for this platform and runs tests of
# the command line on the program in it, with the loader and the libraries of the image. Another
# machine's program runs by qemu. Logs in as $REGISTRY_USER with $REGISTRY_TOKEN, if set.
set -eu
image=$1
platform=$2
cd -- "$(dirname -- "$0")/../.."
gantry=${GANTRY:-$PWD/dist/linux-amd64/bin/gantry}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod +x "$gantry"

if [ -n "${REGISTRY_TOKEN:-}" ]; then
  export REGISTRY_AUTH_FILE="$work/auth.json"
  printf %s "$REGISTRY_TOKEN" |
    "$gantry" registry login "${image%%/*}" --username "$REGISTRY_USER" --password-stdin
fi
"$gantry" image pull "$image" --platform "$platform" --to "oci:$work/layout:published"
unset REGISTRY_AUTH_FILE REGISTRY_TOKEN
"$gantry" image layout "$work/layout"
"$gantry" image unpack --no-owners --platform "$platform" "oci:$work/layout:published" "$work/root"

case $platform in
  linux/amd64) machine=x86_64 loader=lib64/ld-linux-x86-64.so.2 ;;
  linux/arm64) machine=aarch64 loader=lib/ld-linux-aarch64.so.1 ;;
  *) echo "verify: error: unknown platform $platform" >&2 && exit 1 ;;
esac
libraries=$work/root/usr/lib/$machine-linux-gnu:$work/root/lib/$machine-linux-gnu
if [ "$(uname -m)" = "$machine" ]; then
  run="'$work/root/$loader' --library-path '$libraries'"
else
  run="'qemu-$machine-static' -L '$work/root'"
fi
printf '#!/bin/sh\nexec %s "%s" "$@"\n' "$run" "$work/root/usr/bin/gantry" >"$work/published"
chmod +x "$work/published"

"$work/published" --version || {
  echo "verify: error: the program in $image for $platform does not run" >&2
  exit 1
}
for test in reference layout unpack; do
  echo "verify: $test"
  bash "tests/integration/${test}_test.sh" "$work/published"
done
echo "verify: $image is good for $platform"
