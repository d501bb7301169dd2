#!/bin/bash
# unpack_test.sh <gantry>: umoci and GNU tar find the same files, modes, owners, times, contents and
# attributes in an image as `gantry image unpack` and `gantry image export` do, and `gantry image ls`
# lists them. As root everything; for others what belongs to no owner.
set -euo pipefail
gantry=$1
for tool in umoci tar getfattr setfattr python3; do
  command -v "$tool" >/dev/null || {
    echo "skipped: $tool is not installed"
    exit 77
  }
done
scratch=$(mktemp -d)
trap 'chmod -R u+rwX "$scratch"; rm -rf "$scratch"' EXIT
cd "$scratch"
umask 022
root=false
rootless=(--rootless)
if [ "$(id -u)" = 0 ]; then
  root=true
  rootless=()
fi

fail() {
  echo "$1"
  exit 1
}

# listing <directory>: a line for each entry, with its extended attributes and its content.
listing() {
  local owner='%U:%G'
  local attributes='^(user\.|security\.capability)'
  local privileges=
  if [ "$root" = false ]; then
    owner=
    privileges='s/\|4755\|/|755|/' # what anybody could run as the caller is not left lying about
    attributes='^user\.[^r]' # umoci keeps owners in user.rootlesscontainers
  fi
  (
    cd "$1"
    find . -mindepth 1 -printf "%P|%y|%m|$owner|%Ts|%l|%n\n" | LC_ALL=C sort |
      sed -E -e "$privileges" -e 's/^(.*\|d\|.*)\|[0-9]+$/\1/'
    find . -type f -exec sha256sum {} + | LC_ALL=C sort -k2
    find . ! -type l -exec getfattr -h -d -e hex -m "$attributes" {} + | LC_ALL=C sort
  )
}

# A real tree, and everything that a tar archive can say of a file.
mkdir -p lower/{bin,etc/deep/deeper,opaque,tmp,empty}
cp -a /usr/share/zoneinfo/Europe lower/etc/zones
cp -a lower/etc/zones lower/zones
cp "$(command -v tar)" lower/bin/tool
chmod 4755 lower/bin/tool
ln lower/bin/tool lower/bin/alias
ln -s ../etc/deep lower/bin/down
ln -s bin lower/sbin
mkfifo lower/etc/pipe
echo content >"lower/etc/deep/a name with spaces and ü"
echo hidden >lower/opaque/hidden
echo gone >lower/etc/deep/gone
chmod 1777 lower/tmp
chmod 0500 lower/empty
long=$(printf 'n%.0s' {1..150})
echo long >"lower/etc/deep/deeper/$long"
setfattr -n user.note -v value lower/bin/tool 2>/dev/null || echo "note: no user xattrs here"
if [ "$root" = true ]; then
  chown -R 1234:5678 lower/etc/deep
  setfattr -n security.capability -v 0x0100000200040000000000000000000000000000 lower/bin/tool
fi
mkdir -p upper/{opaque,etc/deep,sbin.d}
echo visible >upper/opaque/visible
touch upper/opaque/.wh..wh..opq upper/etc/deep/.wh.gone upper/.wh.empty
echo replaced >upper/etc/zones

attributes=(--xattrs --xattrs-include='*')
tar -C lower "${attributes[@]}" --format=pax -cf lower.tar .
tar -C upper --format=gnu -cf upper.tar .
# An entry whose parent is a symbolic link of the layer below.
mkdir -p through/sbin
echo through >through/sbin/new
tar -C through -cf through.tar sbin/new
umoci init --layout layout
umoci new --image layout:image
for layer in lower upper through; do
  umoci raw add-layer --image layout:image "$layer.tar"
done

umoci unpack "${rootless[@]}" --image layout:image bundle 2>umoci.log || fail "$(cat umoci.log)"
"$gantry" image unpack oci:layout:image ours
listing bundle/rootfs >expected
listing ours >found
[ "$(wc -l <expected)" -gt 50 ] || fail "the image is not worth the test"
diff -u expected found || fail "gantry unpacks something else than umoci"
grep -q '^bin/new|f|' found || fail "the entry behind the link is not where the link leads"
grep -q hidden found && fail "an opaque whiteout hides nothing"

mkdir exported
"$gantry" image export oci:layout:image | tar -C exported "${attributes[@]}" -xpf -
listing exported >found
diff -u expected found || fail "tar extracts something else from the exported archive"

"$gantry" image ls oci:layout:image >names
(cd bundle/rootfs && find . -mindepth 1 -printf '/%P\n') | LC_ALL=C sort | diff -u - <(LC_ALL=C sort names) ||
  fail "ls lists something else"
"$gantry" image ls --json oci:layout:image /etc/zones | python3 -c '
import json, sys
entries = json.load(sys.stdin)["entries"]
assert [(e["path"], e["type"], e["layer"]) for e in entries] == [("/etc/zones", "file", 1)], entries'

umoci new --image layout:flat
"$gantry" image export oci:layout:image -o flat.tar
umoci raw add-layer --image layout:flat flat.tar
"$gantry" image diff --ignore-times oci:layout:image oci:layout:flat ||
  fail "a flattened image is not the same image"
umoci config --image layout:flat --tag changed --config.env A=1
if "$gantry" image diff --json --ignore-times oci:layout:flat oci:layout:changed >difference; then
  fail "diff does not see another environment"
fi
python3 -c '
import json
found = json.load(open("difference"))
assert found["config"] == [{"name": "env A", "before": None, "after": "1"}], found
assert found["files"] == [] and not found["same"], found'
