# shellcheck shell=sh
# A file is listed, read, written and read back by NFS 4, without a mount.
set -eu
share() {
  echo "nfs://127.0.0.1/share${1:-}?version=4&nfsport=$GANTRY_VM_PORT_2049"
}
timeout 60 nfs-ls "$(share)" | grep hello.txt
[ "$(timeout 60 nfs-cat "$(share /hello.txt)")" = 'hello from the NAS' ]
file=$(mktemp)
trap 'rm -f "$file"' EXIT
head -c 1000 /dev/urandom >"$file"
timeout 60 nfs-cp "$file" "$(share /written)"
timeout 60 nfs-cat "$(share /written)" | cmp - "$file"
