#!/bin/bash
# make_initrd.sh <modules> <gantry-guest-agent> <file>: an initial RAM disk of busybox, the agent, the
# wizard, and what it needs of a kernel's modules.
set -euo pipefail
modules=$1 agent=$2 file=$3
here=$(cd "$(dirname -- "$0")" && pwd)
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

# module_files <name>...: each after all that it needs.
module_files() {
  local name path
  for name in "$@"; do
    path=$(find "$modules" -name "${name//[-_]/[-_]}.ko")
    if [ -n "$path" ]; then
      # shellcheck disable=SC2046 # they are words
      module_files $(tr '\0' '\n' <"$path" | sed -n 's/^depends=//p' | tr ',' ' ')
      echo "$path"
    fi
  done
}

mkdir -p "$root/bin" "$root/data" "$root/dev" "$root/etc" "$root/lib" "$root/proc" "$root/root" \
  "$root/sys" "$root/tmp" "$root/www/cgi-bin"
cp "$(command -v busybox)" "$root/bin/busybox"
cp "$agent" "$root/bin/gantry-guest-agent"
for path in $(module_files virtio_pci virtio_console virtio_net virtio_blk ext4 | awk '!seen[$0]++'); do
  cp "$path" "$root/lib/"
  echo "${path##*/}" >>"$root/modules"
done
cp "$here/init" "$root/init"
cp "$here/wizard.cgi" "$root/www/cgi-bin/wizard"
echo '<!doctype html><meta http-equiv=refresh content="0; url=/cgi-bin/wizard">' >"$root/www/index.html"
echo wizard >"$root/etc/hostname"
chmod 755 "$root/init" "$root/www/cgi-bin/wizard"
# The same files make the same bytes.
find "$root" -exec touch -h -d @0 {} +
(cd "$root" && find . | LC_ALL=C sort | busybox cpio -o -H newc --ignore-devno --renumber-inodes -R 0:0) 2>/dev/null | gzip -n -1 >"$file"
