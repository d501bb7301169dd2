#!/bin/bash
# vm_machines_test.sh <gantry-vm> <gantry-guest-agent> <directory>: machines that go on in the background
# are listed, reached from other processes, and ended. The guest's kernel is kept in the directory.
# shellcheck disable=SC2034,SC2154 # busybox_guest.sh reads some and gives others
set -euo pipefail
vm=$1 agent=$2 kernels=$3
# shellcheck source=tests/integration/vm_test.sh
. "$(dirname -- "$0")/vm_test.sh"
begin_vm_test jq
cleanup() {
  "$vm" ps --json | jq -r '.[].owner' | xargs -r kill
}
export XDG_RUNTIME_DIR=$scratch
# console_says <text> <line> <command>...: of gantry vm, which has typed the line and is at a terminal until
# the guest has said the text.
# shellcheck disable=SC2094 # what has been said is looked at while it is being said
console_says() {
  : >said
  {
    echo "$2"
    for _ in $(seq 300); do
      ! grep -q "$1" said || break
      sleep 0.1
    done
  } | timeout 60 "$vm" "${@:3}" >said || fail "it ends with $?: $(cat said)"
  grep -q "$1" said || fail "it said: $(cat said)"
}

# It is saved no sooner than its agent is there.
agent_delay=1
make_busybox_initramfs initrd 'echo the guest is up'
write_guest 'display vga' 'port 80'
mkdir -p gantry/checkpoints gantry/vm
store=$scratch/gantry/vm
write_checkpoint box "guest $scratch/guest.spec" 'ready console:the guest is up'
box=gantry/checkpoints/box.checkpoint
timeout 120 "$vm" build box.spec --output "$box" >said 2>&1 || fail "$(cat said)"

[ "$("$vm" ps)" = 'no machine runs' ] || fail "there is one already: $("$vm" ps)"
fails 'there is no machine called box' "$vm" exec box -- true
timeout 60 "$vm" start "$box" </dev/null >said || fail "$(cat said)"
grep -Eq '^machine box: ports 80 at 127\.0\.0\.1:[0-9]+$' said || fail "it said: $(cat said)"
timeout 60 "$vm" start "$box" --quiet || fail "a second one did not start"
fails 'there is already a machine called box' "$vm" start "$box" --name box
[ "$("$vm" ps --json | jq -r '.[] | .name + " " + .checkpoint + " " + .purpose' | tr '\n' ' ')" = \
  'box box start box-2 box start ' ] || fail "$("$vm" ps --json)"

# Each is reached, again and again, and is one of its own.
for _ in 1 2 3; do
  [ "$(echo a line | timeout 60 "$vm" exec -i box -- cat)" = 'a line' ] || fail 'a command has no input'
done
timeout 60 "$vm" exec box -- sh -c 'echo first >/tmp/name'
fails "can't open '/tmp/name'" timeout 60 "$vm" exec box-2 -- cat /tmp/name
[ "$(timeout 60 "$vm" exec box -- sh -c 'exit 7' || echo $?)" = 7 ] || fail "the exit code is not the command's"
# shellcheck disable=SC2016
console_says hello-23 'echo hello-$((20+3))' console box
grep -q hello-23 "$("$vm" ps --json | jq -r '.[0].directory')/console.log" || fail 'the console is not kept'
timeout 60 "$vm" screenshot box screen.png
[ "$(head -c 8 screen.png | od -An -tx1 | tr -d ' ')" = 89504e470d0a1a0a ] || fail 'this is no PNG'

# A command's own machine is listed, and is nobody else's.
timeout 60 "$vm" run "$box" --in-guest -- sleep 20 &
runner=$!
for _ in $(seq 300); do
  ! "$vm" ps --json | jq -e '.[] | select(.purpose == "run")' >one || break
  sleep 0.1
done
fails "belongs to process $(jq .owner one), a gantry vm run" \
  "$vm" exec "$(basename "$(jq -r .directory one)" | sed 's/.*-//')" -- true
fails '2 machines are called box' "$vm" stop box
kill "$runner"
wait "$runner" || true

# They end when they are told to, with their owner, and with their QEMU.
timeout 60 "$vm" stop box
qemu=$("$vm" ps --json | jq '.[0].qemu') owner=$("$vm" ps --json | jq '.[0].owner')
kill -9 "$owner"
for _ in $(seq 50); do kill -0 "$qemu" 2>/dev/null || break; sleep 0.1; done
! kill -0 "$qemu" 2>/dev/null || fail 'QEMU lives on without its owner'
timeout 60 "$vm" start "$box" --quiet --name third
kill "$("$vm" ps --json | jq '.[0].qemu')"
for _ in $(seq 50); do [ "$("$vm" ps)" != 'no machine runs' ] || break; sleep 0.1; done
[ "$("$vm" ps)" = 'no machine runs' ] || fail "left: $("$vm" ps)"

# A stage that fails leaves its machine to look into, as it was, and what it said.
cat >mark.sh <<'END'
echo marked >/tmp/mark
hostname as-it-was
exit 5
END
write_checkpoint marked "parent $scratch/$box" "step agent:$scratch/mark.sh"
for _ in 1 2; do
  fails "to look around in it: gantry vm explore $scratch/gantry/vm/kept/marked.checkpoint --store" \
    timeout 60 "$vm" build marked.spec
done
[ "$(find gantry/vm/checkpoints -name checkpoint.json | wc -l)" = 2 ] || fail 'more than the newest is kept'
kept=gantry/vm/kept/marked.checkpoint
[ "$(timeout 60 "$vm" start "$kept" --store gantry/vm --as-saved)" != '' ] || fail 'it does not start'
[ "$(timeout 60 "$vm" exec marked -- sh -c 'cat /tmp/mark; hostname')" = $'marked\nas-it-was' ] ||
  fail 'it is not as it was'
timeout 60 "$vm" stop marked

# So does a clone in which a command fails, with what it had in memory.
timeout 60 "$vm" run "$box" --keep --in-guest -- sh -c 'echo cloned >/tmp/mark; exit 6' 2>said && fail 'it did not fail'
grep -q "to look around in the machine: gantry vm explore $scratch/gantry/vm/kept/box.checkpoint" said ||
  fail "it said: $(cat said)"
timeout 60 "$vm" start gantry/vm/kept/box.checkpoint --store gantry/vm --quiet
[ "$(timeout 60 "$vm" exec box -- cat /tmp/mark)" = cloned ] || fail 'the clone is not as it was'
timeout 60 "$vm" stop box
timeout 60 "$vm" run "$box" --keep --in-guest -- true
[ "$(find gantry/vm/checkpoints -name checkpoint.json | wc -l)" = 3 ] || fail 'one that did not fail is kept'

# What is made anew is what others get from then on; a stage can go on from another checkpoint than its own.
echo 'cat /proc/sys/kernel/random/uuid >/tmp/mark' >mark.sh
timeout 60 "$vm" build marked.spec --output first >said 2>&1 || fail "$(cat said)"
GANTRY_NO_CACHE=1 timeout 60 "$vm" build marked.spec --output second >said 2>&1 || fail "$(cat said)"
grep -q 'built in' said || fail "it was not made anew: $(cat said)"
timeout 60 "$vm" build marked.spec --output third >said 2>&1 || fail "$(cat said)"
grep -q unchanged said || fail "it was made anew: $(cat said)"
! cmp -s first second || fail 'it is under the same key'
cmp second third || fail 'what is older is taken'
timeout 60 "$vm" build marked.spec --from-checkpoint gantry/vm/kept/box.checkpoint --output fourth >said 2>&1 || fail "$(cat said)"
! cmp -s third fourth || fail 'the other parent does not count'

# Looking around ends with its input.
# shellcheck disable=SC2016
console_says look-42 'echo look-$((40+2))' explore "$box"
[ "$("$vm" ps)" = 'no machine runs' ] || fail "left: $("$vm" ps)"
timeout 60 "$vm" start "$box" --quiet --name last
timeout 60 "$vm" stop last
! compgen -G "$scratch/gantry/.gantry-scratch-*" || fail "that is left behind"
