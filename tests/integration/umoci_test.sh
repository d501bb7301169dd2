#!/bin/sh
# umoci's unpack and ours make the same tree: names, types, modes, owners, times, links, contents and
# extended attributes, file capabilities among them.
set -eu
gantry=$1
probe=$2
. "$(dirname "$0")/peer_image.sh"
need umoci getfattr
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
make_images "$gantry" "$probe" "$work"

for compression in gzip gzip-dense none; do
  "$gantry" image unpack "oci:$work/layout:$compression" "$work/ours"
  umoci unpack --image "$work/layout:$compression" "$work/theirs" >/dev/null
  describe "$work/ours" >"$work/ours.txt"
  describe "$work/theirs/rootfs" >"$work/theirs.txt"
  diff "$work/theirs.txt" "$work/ours.txt"
  grep -q security.capability "$work/ours.txt"
  grep -q '^usr/lib/empty|f|644|70000:4000000|1580608922|' "$work/ours.txt"
  grep -q '^bin/setuid|f|4755|0:0|' "$work/ours.txt"
  grep -q '^usr/lib/upper|' "$work/ours.txt"
  echo "$compression: $(wc -l <"$work/ours.txt") lines are the same"
  cp "$work/ours.txt" "$work/expected.txt"
  rm -rf "$work/ours" "$work/theirs"
done

# umoci 0.4 knows no zstd, so that image is held against what umoci made of the others.
"$gantry" image unpack "oci:$work/layout:zstd" "$work/ours"
describe "$work/ours" | diff "$work/expected.txt" -
echo "zstd: the same tree"
