#!/bin/bash
# vm_registry_test.sh <gantry> <gantry-vm> <gantry-guest-agent> <directory> <source tree>: what one
# machine has built comes to another through a registry, and nothing is booted there. The guest's
# kernel is kept in the directory.
# shellcheck disable=SC2034,SC2154 # busybox_guest.sh reads some and gives others
set -euo pipefail
gantry=$1 vm=$2 agent=$3 kernels=$4 sources=$5
# shellcheck source=tests/integration/expectations.sh
. "$(dirname -- "$0")/expectations.sh"
# shellcheck source=tests/integration/busybox_guest.sh
. "$(dirname -- "$0")/busybox_guest.sh"
# shellcheck source=tests/integration/docker_registry.sh
. "$(dirname -- "$0")/docker_registry.sh"
# shellcheck source=tests/integration/vm_need.sh
. "$(dirname -- "$0")/vm_need.sh"
need_virtual_machines cmake ninja jq python3 skopeo docker-registry curl
scratch=$(mktemp -d)
cleanup() {
  [ -z "${docker_registry_pid:-}" ] || kill "$docker_registry_pid" 2>/dev/null || true
  rm -rf "$scratch"
}
trap cleanup EXIT
cd "$scratch"
port=$(free_port)
start_docker_registry "$scratch/registry" "$port"
team=127.0.0.1:$port/team

make_busybox_initramfs initrd 'mkdir /mnt
mke2fs -q /dev/vda
mount -t ext2 /dev/vda /mnt
ip link set eth0 up
ip addr add 10.0.2.15/24 dev eth0
ip route add default via 10.0.2.2
httpd -h /mnt
echo the guest is up' virtio_blk ext4
qemu-img create -q -f qcow2 disk.qcow2 64M
ln -s "$guest_kernel" vmlinuz
cat >CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.25)
project(Checkpoints VERSION 1.2.0 LANGUAGES NONE)
include(Gantry)
enable_testing()
gantry_add_guest(box KERNEL vmlinuz INITRD initrd DISK disk.qcow2
  COMMAND_LINE "console=ttyS0 quiet no_timer_check" MEMORY 256M PORTS 80)
gantry_add_checkpoint(ready FROM box READY "console:the guest is up" STEPS agent:setup.sh)
gantry_add_checkpoint(final FROM ready STEPS agent:more.sh SMOKE look.sh)
gantry_add_checkpoint_test(NAME inside CHECKPOINT final IN_GUEST COMMAND
  sh -c "test $(cat /mnt/file) = firstsecond && cmp /tmp/boot /proc/sys/kernel/random/boot_id")
END
cat >setup.sh <<'END'
printf first >/mnt/file
cat /proc/sys/kernel/random/boot_id >/tmp/boot
END
echo 'printf second >>/mnt/file; head -c 100000 /dev/urandom >/tmp/noise' >more.sh
cat >look.sh <<END
[ "\$(curl --silent --fail --max-time 60 "http://127.0.0.1:\$GANTRY_VM_PORT_80/file")" = firstsecond ]
echo the smoke test was here
test ! -e $scratch/refuses
END
configure() {
  local build=$1
  shift
  cmake -S . -B "$build" -G Ninja "-DGANTRY_EXECUTABLE=$gantry" "-DCMAKE_MODULE_PATH=$sources/cmake" \
    "-DGANTRY_CHECKPOINT_CACHE=$team/cache" "$@" >said || fail "$(cat said)"
}
build_quietly() {
  timeout 200 cmake --build "$@" 2>&1 | tee said
}
build() {
  build_quietly "$@" >output || fail "$(cat said)"
}

# One machine makes the checkpoints, and puts them into the cache.
export GANTRY_CACHE_DIR=$scratch/cache-one
configure one -DGANTRY_CHECKPOINT_CACHE_PUSH=ON
build one
grep -q 'checkpoint final: built' said || fail "it said: $(cat said)"
! grep -q warning said || fail "it said: $(cat said)"
final=$scratch/one/gantry/checkpoints/final.checkpoint ready=$scratch/one/gantry/checkpoints/ready.checkpoint
curl --silent "http://127.0.0.1:$port/v2/team/cache/tags/list" >tags
grep -q "ckpt-$(cat "$final")" tags || fail "the cache has $(cat tags)"

# Published, a later stage is little more than what has changed.
"$vm" push "$ready" "$team/box:ready" --json >ready.json
"$vm" push "$final" "$team/box:1.2.0" "$team/box:latest" --json >final.json

# A tag is moved when what came back from the registry has gone on, and been tested.
has_tag() {
  curl --silent "http://127.0.0.1:$port/v2/team/box/tags/list" | jq --exit-status ".tags | index(\"$1\")" >/dev/null
}
printf '%s\n' 'echo looked at >&2' "touch $scratch/tested" 'test -e passes' >smoke
fails 'smoke: the smoke test ended by exit code 1: no tag was moved' \
  "$vm" push "$final" "$team/box:tested" --smoke smoke
[ -e tested ] || fail "the smoke test did not run"
! has_tag tested || fail "a tag was set though the smoke test failed"
echo 'exec sleep 600' >slow
fails 'smoke test failed: the command did not end within' \
  "$vm" push "$final" "$team/box:tested" --smoke slow --timeout 1
! has_tag tested || fail "a tag was set though the smoke test did not end"
touch passes
"$vm" push "$final" "$team/box:tested" --smoke smoke >said 2>errors || fail "$(cat errors)"
grep -q 'looked at' errors || fail "what the smoke test said is lost"
has_tag tested || fail "no tag was set though the smoke test passed"

full=$(jq .bytes final.json) sent=$(jq .sentBytes final.json)
((sent * 10 <= full)) || fail "of $full bytes, $sent were sent for a stage on top"
[ "$("$vm" push "$final" "$team/box:1.2.0" --json | jq -c '[.changed, .sentBytes]')" = '[false,0]' ] ||
  fail "it was pushed again"
skopeo inspect --raw --tls-verify=false "docker://$team/box:1.2.0" >manifest
jq --exit-status '.artifactType == "application/vnd.gantry.checkpoint.v1" and .schemaVersion == 2 and
  (.layers | length) <= 40' manifest >/dev/null || fail "the manifest is $(cat manifest)"
[ "sha256:$(sha256sum <manifest | cut -d' ' -f1)" = "$(jq -r .digest final.json)" ] || fail "the digest is another"
skopeo inspect --raw --tls-verify=false "docker://$team/box:ready" | sha256sum >parent
grep -q "$(jq -r '.annotations["vnd.gantry.checkpoint.parent"]' manifest | cut -d: -f2)" parent ||
  fail "it names another parent"
skopeo copy --quiet --src-tls-verify=false "docker://$team/box:1.2.0" oci:copied:1.2.0

# The targets that publish, into layouts, with the project's tags, and not before what is there is
# known to be good.
touch refuses
fails 'smoke test ended by exit code 1: no tag was moved' build_quietly one --target publish_checkpoint
grep -q 'the smoke test was here' said || fail "what the smoke test said is lost: $(cat said)"
! skopeo inspect --raw oci:one/gantry/published/final:latest >said 2>&1 || fail 'a refused checkpoint has a tag'
rm refuses
build one --target publish_checkpoint
grep -q 'the smoke test was here' said || fail "the smoke test was not run: $(cat said)"
for tag in latest 1.2.0; do
  skopeo inspect --raw "oci:one/gantry/published/final:$tag" | cmp - manifest || fail "$tag is another"
done

# Another machine has them without a boot: no libvirt is started, and nothing is recorded.
mv one away
export GANTRY_CACHE_DIR=$scratch/cache-two
configure two
build two
grep -q 'checkpoint ready: fetched' said || fail "it said: $(cat said)"
grep -q 'checkpoint final: fetched' said || fail "it said: $(cat said)"
[ ! -e two/gantry/vm/recordings ] || [ -z "$(ls two/gantry/vm/recordings)" ] || fail "something was recorded"
[ ! -e "$GANTRY_CACHE_DIR/libvirt" ] || fail "libvirt was asked"
timeout 100 ctest --test-dir two --output-on-failure >said || fail "$(cat said)"
build two
grep -q 'no work to do' said || fail "it said: $(cat said)"

# In a registry the tags of a version that was good stay when a later one is not.
configure two "-DDEFAULT_GANTRY_REPOSITORY=$team/published"
build two --target publish_final
published() {
  skopeo inspect --raw --tls-verify=false "docker://$team/published/final$1" | sha256sum
}
[ "$(published :latest)" = "$(sha256sum <manifest)" ] || fail 'latest is another'
touch refuses
echo '# changed' >>more.sh
fails 'no tag was moved' build_quietly two --target publish_final
for tag in latest 1.2.0; do
  [ "$(published ":$tag")" = "$(sha256sum <manifest)" ] || fail "$tag has moved to what was refused"
done
new=$(sed -n "s|.*is there by its digest: $team/published/final@sha256:||p" said)
[ "$(published "@sha256:$new" | cut -d' ' -f1)" = "$new" ] || fail 'what was refused is not there'
rm refuses

# By hand, from a registry and from a layout that somebody else has copied.
"$vm" pull "$team/box" --key "$(cat two/gantry/checkpoints/ready.checkpoint)" --store three >said 2>&1 &&
  fail "there is no such tag there"
grep -q 'the registry has no such image' said || fail "it said: $(cat said)"
[ "$("$vm" pull "$team/box:1.2.0" --store three --output pulled --json | jq .fetchedLayers)" = "$(jq '.layers | length' manifest)" ]
[ "$("$vm" pull "$team/box:1.2.0" --store three --json | jq .fetchedBytes)" = 0 ] || fail "it was fetched again"
"$vm" gc --store three >/dev/null
[ "$(timeout 60 "$vm" run pulled --store three --in-guest -- cat /mnt/file)" = firstsecond ] || fail "it is another guest"
[ "$("$vm" pull oci:copied:1.2.0 --store four)" = "$(cat pulled)" ] || fail "the layout has another"
[ -z "$(find three/packed/tmp three/work -mindepth 1)" ] || fail "something is left behind"

# What is no checkpoint, and what is damaged, is named and not taken.
skopeo copy --quiet --dest-tls-verify=false oci:copied:1.2.0 "docker://$team/damaged:1"
layer=$(jq -r '.layers | max_by(.size) | .digest' manifest)
python3 - "$scratch/registry/data/docker/registry/v2/blobs/sha256/${layer:7:2}/${layer:7}/data" <<'END'
import sys
with open(sys.argv[1], "r+b") as f:
    f.seek(5000)
    byte = f.read(1)
    f.seek(5000)
    f.write(bytes([byte[0] ^ 1]))
END
! "$vm" pull "$team/damaged:1" --store five >said 2>&1 || fail "a damaged layer was taken"
grep -q "${layer:7}" said || fail "it said: $(cat said)"
[ -z "$(ls five/checkpoints)" ] || fail "something damaged is in the store"

# Without the registry, a stage is made as if there were none.
kill "$docker_registry_pid"
wait "$docker_registry_pid" || true
docker_registry_pid=
echo '# more' >>more.sh
build two
grep -q 'warning: .*the cache of checkpoints is of no use' said || fail "it said: $(cat said)"
grep -q 'checkpoint final: built' said || fail "it said: $(cat said)"
! pgrep -f "$scratch/two" >/dev/null || fail "a machine is left behind"
