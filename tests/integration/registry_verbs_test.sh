#!/bin/bash
# registry_verbs_test.sh <gantry> <gantry_test_registry>: ls, inspect, copy, delete, prune and probe as
# a person types them, rightly and wrongly.
set -euo pipefail
gantry=$1
server=$2
command -v jq >/dev/null || {
  echo "skipped: jq is not installed"
  exit 77
}
work=$(mktemp -d)
pids=()
cleanup() {
  for pid in "${pids[@]}"; do
    kill "$pid" 2>/dev/null || true
  done
  rm -rf "$work"
}
trap cleanup EXIT
export HOME=$work/home DOCKER_CONFIG=$work/docker XDG_RUNTIME_DIR=$work/run TMPDIR=$work GANTRY_CACHE_DIR=$work/cache
unset REGISTRY_AUTH_FILE XDG_CONFIG_HOME
mkdir -p "$HOME" "$XDG_RUNTIME_DIR" "$work/root"

fail() {
  echo "$1"
  exit 1
}

# start <variable> <option>...: a registry; its host goes into the variable.
start() {
  local variable=$1 address
  shift
  mkfifo "$work/address"
  TMPDIR=$work/run "$server" "$@" >"$work/address" &
  pids+=($!)
  read -r address <"$work/address"
  rm "$work/address"
  printf -v "$variable" %s "$address"
}

# prints <expected> <argument>...: what `gantry registry` prints, all of it.
prints() {
  local expected=$1 printed
  shift
  printed=$("$gantry" registry "$@" 2>&1) || fail "'$*' fails: $printed"
  [ "$printed" = "$expected" ] || fail "'$*' prints '$printed', not '$expected'"
}

# refuses <expected> <argument>...: it fails with this, all of it.
refuses() {
  local expected=$1 printed
  shift
  ! printed=$("$gantry" registry "$@" 2>&1) || fail "'$*' does not fail, but prints '$printed'"
  [ "$printed" = "$expected" ] || fail "'$*' says '$printed', not '$expected'"
}

build() {
  SOURCE_DATE_EPOCH=$1 "$gantry" image build --layer "$work/root" --name app --to "oci:$work/$2" --quiet "${@:3}"
}

here='' there=''
start here
start there --quirk no-tag-delete
echo content >"$work/root/file"
build 1600000000 old:1.0
build 1700000000 new:1.1
build 1700000000 both:2.0 --platform linux/amd64 --platform linux/arm64
digest_of() { "$gantry" registry inspect --raw "$1" | sha256sum | sed 's/ .*//; s/^/sha256:/'; }

echo '== copy: from a layout, within a registry, to another, to a layout'
"$gantry" registry copy "oci:$work/old:1.0" "$here/team/app" >/dev/null
"$gantry" registry copy "oci:$work/both:2.0" "$here/team/app" >/dev/null
old=$(digest_of "$here/team/app:1.0")
both=$(digest_of "$here/team/app:2.0")
prints "$here/team/app@$old" copy "$here/team/app:1.0" "$here/team/app:pr-1"
prints "$there/mirror/app@$both" copy "$here/team/app:2.0" "$there/mirror/app"
prints "oci:$work/back@$both" copy "$there/mirror/app:2.0" "oci:$work/back"
cmp "$work/both/index.json" "$work/back/index.json"
for blob in "$work"/both/blobs/sha256/*; do
  cmp "$blob" "$work/back/blobs/sha256/${blob##*/}"
done
"$gantry" registry copy "$here/team/app:2.0" "$there/mirror/app:one" --platform linux/arm64 >/dev/null
"$gantry" registry inspect "$there/mirror/app:one" | grep -qx 'platform     linux/arm64'
tar -C "$work/root" -cf "$work/layer.tar" file
diff_id=sha256:$(sha256sum <"$work/layer.tar" | sed 's/ .*//')
echo "{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"$diff_id\"]}}" \
  >"$work/config.json"
echo '[{"Config":"config.json","RepoTags":["app:1"],"Layers":["layer.tar"]}]' >"$work/manifest.json"
tar -C "$work" -cf "$work/archive.tar" manifest.json config.json layer.tar
"$gantry" registry copy "docker-archive:$work/archive.tar" "$there/mirror/app:archive" >/dev/null
refuses "gantry: error: 'foo' is no place to copy to
hint: a place is HOST/REPOSITORY[:TAG] of a registry, oci:DIR[:TAG], an OCI image layout, or docker-archive:FILE[:NAME:TAG]" \
  copy "oci:$work/old" foo
refuses "gantry: error: $here/a@$old: a digest cannot be chosen
hint: give a tag, or none" copy "oci:$work/old" "$here/a@$old"
"$gantry" registry inspect "$there/mirror/app:archive" | grep -qx 'platform     linux/amd64'
"$gantry" registry inspect "$there/mirror/app:archive" | grep -q 'layer.v1.tar+gzip$'
refuses "gantry: error: docker-archive:$work/archive.tar: the image is for linux/amd64, not for linux/arm64" \
  copy "docker-archive:$work/archive.tar" "$there/mirror/app:arm" --platform linux/arm64
prints "oci:$work/unpacked@$(digest_of "$there/mirror/app:archive")" \
  copy "docker-archive:$work/archive.tar" "oci:$work/unpacked:1"

echo '== copy: to an archive, and back'
config_of() { "$gantry" registry inspect "$1" --json | jq -r .manifest.config.digest; }
prints "docker-archive:$work/saved.tar@$old" copy "$here/team/app:1.0" "docker-archive:$work/saved.tar"
tar -xOf "$work/saved.tar" manifest.json | grep -qF "\"RepoTags\":[\"$here/team/app:1.0\"]"
"$gantry" registry copy "docker-archive:$work/saved.tar" "$here/team/app:saved" >/dev/null
[ "$(config_of "$here/team/app:saved")" = "$(config_of "$here/team/app:1.0")" ] || fail 'an archive holds another image'
"$gantry" registry delete "$here/team/app:saved" >/dev/null
"$gantry" registry copy "oci:$work/old:1.0" "docker-archive:$work/saved.tar:shop:1" >/dev/null
tar -xOf "$work/saved.tar" manifest.json | grep -qF '"RepoTags":["shop:1"]'
refuses "gantry: error: 'Shop' is no name with a tag
hint: write docker-archive:FILE or docker-archive:FILE:NAME:TAG, with a name in lower case" \
  copy "oci:$work/old:1.0" "docker-archive:$work/none.tar:Shop"
[ ! -e "$work/none.tar" ] || fail 'a refused copy leaves a file'
prints "docker-archive:$work/arm.tar@$("$gantry" registry inspect "$there/mirror/app:one" --json | jq -r .digest)" \
  copy "$here/team/app:2.0" "docker-archive:$work/arm.tar" --platform linux/arm64

echo '== ls'
prints $'1.0\n2.0\npr-1' ls "$here/team/app"
prints "{\"repository\":\"$here/team/app\",\"tags\":[\"1.0\",\"2.0\",\"pr-1\"]}" ls "$here/team/app" --json
prints "gantry: warning: $here/no/app: the registry has no tags there, or no such repository" ls "$here/no/app"
refuses "gantry: error: '$here/team/app:1.0' is an image, not a repository
hint: give $here/team/app" ls "$here/team/app:1.0"

echo '== inspect'
"$gantry" registry inspect "$here/team/app:2.0" | grep -q '^linux/arm64 '
"$gantry" registry inspect "$here/team/app:2.0" --json | grep -q "\"digest\":\"$both\""
refuses "gantry: error: $here/team/app:3: the registry has no such image
hint: to see its tags: gantry registry ls $here/team/app" inspect "$here/team/app:3"

echo '== delete'
refuses "gantry: error: '$here/team/app' does not say what is to be deleted
hint: give a tag, which leaves the image, or a digest, which takes all its tags along" delete "$here/team/app"
refuses "gantry: error: $here/team/app:3: the registry has no such image" delete "$here/team/app:3"
prints "$here/team/app:pr-1: tag deleted; it was $old" delete "$here/team/app:pr-1"
prints $'1.0\n2.0' ls "$here/team/app"
prints "$here/team/app@$both: deleted, with all its tags" delete "$here/team/app@$both"
prints 1.0 ls "$here/team/app"
refuses "gantry: error: $there/mirror/app:2.0: the registry does not delete tags
hint: it may delete the image with all its tags: gantry registry delete $there/mirror/app@$both" \
  delete "$there/mirror/app:2.0"

echo '== prune'
"$gantry" registry copy "oci:$work/new:1.1" "$here/team/app:pr-2" >/dev/null
"$gantry" registry copy "oci:$work/new:1.1" "$here/team/app:pr-3" >/dev/null
new=$(digest_of "$here/team/app:pr-3")
refuses "gantry: error: nothing says what stays
hint: --keep N keeps the newest, --older-than 30d all that is younger" prune "$here/team/app"
refuses "gantry: error: '3x' is no age
hint: an age is a number and a unit: 90m, 12h, 30d, 2w" prune "$here/team/app" --older-than 3x
"$gantry" registry prune "$here/team/app" --match 'pr-*' --match '1.*' --older-than 30d --protect pr-2 >"$work/plan"
grep -qx "delete  2020-09-13T12:26:40Z  ${old:0:19}  1.0" "$work/plan"
grep -qx "keep                          ${new:0:19}  pr-2 (protected)" "$work/plan"
grep -qx '2 of 3 tags would go, and 1 manifests; --apply deletes them' "$work/plan"
prints $'1.0\npr-2\npr-3' ls "$here/team/app"
"$gantry" registry prune "$here/team/app" --match 'pr-*' --match '1.*' --older-than 30d --protect pr-2 --apply >/dev/null
prints pr-2 ls "$here/team/app"
[ "$(digest_of "$here/team/app:pr-2")" = "$new" ] || fail 'an image is gone that a tag needs'

echo '== probe'
"$gantry" registry probe "$here" | grep -qx 'auth                 no       nobody is asked who they are'
"$gantry" registry probe "$there/trial/app" --write >"$work/findings"
grep -qx 'several-tags         yes      by ?tag=' "$work/findings"
grep -qx 'delete-tag           no       is refused' "$work/findings"
grep -qx 'delete               yes' "$work/findings"
refuses "gantry: error: $here: --write needs a repository to write to
hint: give HOST/REPOSITORY, best of one that is for trying" probe "$here" --write

echo '== nothing is left behind'
left=$(find "$work" -maxdepth 1 -name 'gantry*')
[ -z "$left" ] || fail "left behind: $left"
