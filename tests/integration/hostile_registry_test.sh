#!/bin/bash
# hostile_registry_test.sh <gantry> <gantry_test_registry>: a registry, or what is before it, does its worst: each time there is a
# clear message, little memory is taken, and nothing of it stays.
set -euo pipefail
gantry=$1
server=$2
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/integration/peer_image.sh
. "$here/peer_image.sh"
# shellcheck source=tests/integration/test_registry.sh
. "$here/test_registry.sh"
need python3 zstd tar
work=$(mktemp -d)
registry_pid=
trap '[ -z "$registry_pid" ] || kill "$registry_pid"; rm -rf "$work"' EXIT
export GANTRY_CACHE_DIR=$work/cache HOME=$work
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY REGISTRY_AUTH_FILE DOCKER_CONFIG
mkdir "$work/tmp"
ulimit -f $((64 * 1024)) # of KiB: what fills disks ends here

fail() {
  echo "FAILED: $1" >&2
  exit 1
}

# refused <message> <gantry's argument>...: soon, in little memory, with that message. $what is what it is a case of.
refused() {
  message=$1
  shift
  if TMPDIR=$work/tmp timeout 60 python3 "$here/peak_memory.py" "$work/memory" "$gantry" "$@" >"$work/out" 2>"$work/error"; then
    fail "$what: succeeds"
  fi
  grep -qF "$message" "$work/error" || fail "$what: says '$(cat "$work/error")', not '$message'"
  memory=$(cat "$work/memory")
  # A sanitizer takes memory of its own.
  grep -q __asan_init "$gantry" || [ "$memory" -le $((48 * 1000)) ] || fail "$what: $memory kB of memory"
  [ -z "$(ls -A "$work/tmp")" ] || fail "$what: $(ls -A "$work/tmp") is left behind"
  echo "$what: $memory kB: $(head -n 1 "$work/error")"
}

mkdir "$work/tree"
head -c 3000000 /dev/urandom >"$work/tree/data"
"$gantry" image build --quiet --layer "$work/tree" --to "oci:$work/layout:1.0"

# hostile <what> <message> <fault of what is read>: pulls of an image that is there, from a registry with that fault.
hostile() {
  what=$1
  start_registry "$server" "$work" --fault "method=GET,times=always,$3"
  "$gantry" image publish "oci:$work/layout:1.0" --to "$registry/team/app:1.0" >/dev/null
  rm -rf "$work/pulled"
  refused "$2" image pull "$registry/team/app:1.0" --to "oci:$work/pulled"
  ! skopeo_reads "$work/pulled" || fail "$what: there is an image"
  # Of a blob that is whole nothing says that it is not wanted; anything else must be gone.
  for blob in "$work"/pulled/blobs/sha256/*; do
    [ -e "$blob" ] || continue
    [ "$(sha256sum <"$blob")" = "${blob##*/}  -" ] || fail "$what: $blob has other bytes"
  done
  rest=$(find "$work/pulled" -type f ! -path '*/blobs/sha256/*' ! -name index.json ! -name oci-layout)
  [ -z "$rest" ] || fail "$what: $rest is left behind"
  stop_registry
}

# skopeo_reads <layout>: it names an image.
skopeo_reads() {
  [ -e "$1/index.json" ] && grep -q digest "$1/index.json"
}

hostile 'an endless manifest' 'the answer is larger than 4.19 MB' 'target=/manifests/,endless'
hostile 'an endless refusal' 'the registry answers 403' 'status=403,endless'
hostile 'an endless blob' 'more bytes than the' 'target=/blobs/,endless'
hostile 'wrong bytes' 'has sent other bytes than those of blob' 'target=/blobs/,wrong-byte-at=100'
hostile 'megabytes of headers' 'the headers of the answer are larger than' 'header-bytes=8M'
hostile 'redirects without end' 'more than 5 redirects' 'status=307,header=Location: /v2/'
hostile 'a redirect to a private address' 'a private address' \
  'target=/blobs/,status=307,header=Location: http://10.0.0.1/'
hostile 'a redirect to what clouds tell their machines' 'a link-local address' \
  'target=/blobs/,status=307,header=Location: http://169.254.169.254/latest/meta-data/'
hostile 'a pause of a day' '(retry after 86400)' 'status=429,header=Retry-After: 86400'
hostile 'an answer that is said to be packed' 'not an image' \
  'target=/manifests/,status=200,header=Content-Encoding: gzip,body=whatever'

what='an endless list of tags'
start_registry "$server" "$work" --fault 'target=tags/list,times=always,status=200,endless'
refused 'the answer is larger than 4.19 MB' registry ls "$registry/team/app"
stop_registry
what='an endless token'
start_registry "$server" "$work" --auth bearer --user me:secret --fault 'target=/token,times=always,status=200,endless'
refused 'the answer is larger than 65.5 kB' registry ls "$registry/team/app"
stop_registry

# unpacked <what> <message> <media type>: what is said about the layer on the standard input, once it is pulled.
unpacked() {
  what=$1
  rm -rf "$work/hostile" "$work/pulled" "$work/root"
  python3 "$here/layer_image.py" "$work/hostile" "$3" "sha256:$(sha256sum <"$work/layer.tar" | cut -c 1-64)" <"$work/layer"
  start_registry "$server" "$work"
  "$gantry" image publish "oci:$work/hostile:1.0" --to "$registry/team/app:1.0" >/dev/null
  "$gantry" image pull "$registry/team/app:1.0" --to "oci:$work/pulled" >/dev/null
  stop_registry
  refused "$2" image unpack "oci:$work/pulled:1.0" "$work/root" --no-owners
  [ -z "$(ls -A "$work/root" 2>/dev/null)" ] || fail "$what: $(ls -A "$work/root") is in the tree"
  [ ! -e "$work/evil" ] || fail "$what: a file outside of the tree"
}

: >"$work/layer.tar" # what it unpacks to has no digest that anybody would wait for
python3 -c 'import sys, tarfile
big = tarfile.TarInfo("big")
big.size = 1 << 36
sys.stdout.buffer.write(big.tobuf())' >"$work/head"
{ cat "$work/head" && head -c 3G /dev/zero; } | zstd --quiet >"$work/layer"
unpacked 'a layer that unpacks to gigabytes' 'this may be a decompression bomb' \
  application/vnd.oci.image.layer.v1.tar+zstd

# traversal <what> <message> <Python that adds to `archive`>
traversal() {
  python3 - "$work/layer.tar" "$3" <<'END'
import io, sys, tarfile
with tarfile.open(sys.argv[1], "w") as archive:
    def add(name, type=tarfile.REGTYPE, link=""):
        entry = tarfile.TarInfo(name)
        entry.type, entry.linkname, entry.size = type, link, 4 if type == tarfile.REGTYPE else 0
        archive.addfile(entry, io.BytesIO(b"evil"))
    exec(sys.argv[2])
END
  cp "$work/layer.tar" "$work/layer"
  unpacked "$1" "$2" application/vnd.oci.image.layer.v1.tar
}
traversal 'a file above the tree' '..' 'add("../evil")'
traversal 'a file above the tree, later on the way' '..' 'add("a/../../evil")'
traversal 'a hard link to what is above the tree' '..' 'add("a", tarfile.LNKTYPE, "../../etc/passwd")'
