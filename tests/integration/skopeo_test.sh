#!/bin/sh
# skopeo reads our images, and copies them without changing what they are.
set -eu
gantry=$1
probe=$2
. "$(dirname "$0")/peer_image.sh"
need skopeo jq
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
make_images "$gantry" "$probe" "$work"

for compression in gzip gzip-dense zstd none; do
  image=oci:$work/layout:$compression
  digest=$(skopeo inspect --format '{{.Digest}}' "$image")
  skopeo inspect --config "$image" >"$work/config.json"
  jq -e '.config.User == "app" and .config.Env == ["WHO=gantry"] and .config.WorkingDir == "/srv"
         and .config.Entrypoint == ["/bin/probe"] and .config.Cmd == ["ids"]
         and (.rootfs.diff_ids | length) == 2' "$work/config.json" >/dev/null

  skopeo copy --quiet "$image" "dir:$work/dir-$compression"
  copied=$(sha256sum <"$work/dir-$compression/manifest.json" | cut -d ' ' -f 1)
  [ "sha256:$copied" = "$digest" ] || {
    echo "$compression: the copy has another manifest: $copied"
    exit 1
  }
  echo "$compression: $digest"
  # No version of Docker's manifest has zstd, and skopeo does not recompress for it.
  [ $compression != zstd ] || continue
  skopeo copy --quiet "$image" "docker-archive:$work/$compression.tar:app:$compression"
  # An archive has the layers uncompressed: their digests are our diff_ids.
  skopeo inspect --config "docker-archive:$work/$compression.tar" | jq .rootfs.diff_ids >"$work/copied"
  jq .rootfs.diff_ids "$work/config.json" | cmp - "$work/copied"
done
