#!/bin/bash
# vm_kill_test.sh <gantry-vm> <gantry-guest-agent> <directory>: SIGKILL for the tool (and libvirt's driver in
# it) or for QEMU, SIGTERM, a dead parent and a full disk at random moments of builds and tests: no machine
# lives on after the next start, no checkpoint is broken, and the next build succeeds. GANTRY_VM_KILLS is how
# often (12), GANTRY_VM_SEED what chance begins with. The guest's kernel is kept in the directory.
# shellcheck disable=SC2034,SC2154 # the sourced files read some and give others
set -euo pipefail
vm=$1 agent=$2 kernels=$3
# shellcheck source=tests/integration/vm_test.sh
. "$(dirname -- "$0")/vm_test.sh"
# shellcheck source=tests/integration/vm_store_guest.sh
. "$(dirname -- "$0")/vm_store_guest.sh"
begin_vm_test jq
filler=
cleanup() {
  [ -z "$filler" ] || umount "$scratch/store" || true
}
# Run directories of this test alone: the next start cleans them, and no other process's. Their sockets'
# paths must be short.
export XDG_RUNTIME_DIR=$scratch/r
mkdir "$XDG_RUNTIME_DIR" store
seed=${GANTRY_VM_SEED:-$RANDOM}
RANDOM=$seed
# A file system of its own can be filled; without the right to mount one, that kind is left out.
if mount -t tmpfs -o size=400m tmpfs store 2>/dev/null; then
  filler=$scratch/store/filler
fi
make_store_guest

fresh() {
  find store -mindepth 1 -delete
  rm -f -- *.checkpoint
}
build() {
  "$vm" build --quiet --wait-for-room 1 ready.spec --output ready.checkpoint &&
    "$vm" build --quiet --wait-for-room 1 final.spec --output final.checkpoint
}
run() {
  "$vm" run final.checkpoint --store store --in-guest -- sh -c 'cat /mnt/file; sleep 0.2'
}
machines() {
  local process
  for process in /proc/[0-9]*; do
    [[ $(readlink "$process/exe" 2>/dev/null) == */qemu-system-* ]] || continue
    if tr '\0' '\n' <"$process/cmdline" 2>/dev/null | grep -qF "$scratch" ||
      [[ $(readlink "$process/fd/1" 2>/dev/null) == "$scratch"/* ]]; then
      echo "${process#/proc/}"
    fi
  done
}
# after <milliseconds>: at a random moment of them.
after() {
  sleep "$(awk -v r="$RANDOM" -v m="$1" 'BEGIN { printf "%.3f", r / 32768 * m / 1000 }')"
}

began=$(date +%s%N)
timeout 120 "$vm" build --quiet ready.spec --output ready.checkpoint || fail "ready could not be built"
long=$((($(date +%s%N) - began) / 1000000))
began=$(date +%s%N)
timeout 120 "$vm" build --quiet final.spec --output final.checkpoint || fail "final could not be built"
short=$((($(date +%s%N) - began) / 1000000))

# Room: too little of it is known before anything runs, and a guest that cannot be saved waits for it.
if [ -n "$filler" ]; then
  cp -- final.spec slow.spec
  sed -i -e 's/^name .*/name slow/' -e "s|^step .*|step agent:$scratch/slow.sh|" slow.spec
  echo 'sleep 3' >slow.sh
  head -c "$(($(stat -f -c '%a * %S' store) - 100000000))" /dev/zero >"$filler"
  fails 'there is not enough room: ' "$vm" build --quiet slow.spec
  rm "$filler"
  "$vm" build --wait-for-room 100 slow.spec >said 2>&1 &
  tool=$!
  until grep -q '^step 1/1' said; do sleep 0.1; done
  dd if=/dev/zero of="$filler" bs=1M status=none 2>/dev/null || true
  for _ in $(seq 300); do
    if grep -q 'the guest waits for it' said; then break; fi
    sleep 0.1
  done
  grep -q '^there is no room in .*: the guest waits for it, for 100 s at most$' said ||
    fail "nothing is said of the lack of room: $(cat said)"
  rm "$filler"
  wait "$tool" || fail "a guest that waited for room is lost: $(cat said)"
fi

declare -A hit=()
kills=${GANTRY_VM_KILLS:-12}
round=0
done_kills=0
while [ "$done_kills" -lt "$kills" ]; do
  round=$((round + 1))
  [ "$round" -le $((kills * 5 + 10)) ] || fail "only $done_kills of $kills came in time"
  # What is killed in the middle: the first stage, the second, or a test.
  case $((RANDOM % 3)) in
    0) fresh && subject=(build --quiet --wait-for-room 1 ready.spec --output ready.checkpoint) time=$long ;;
    1)
      rm -rf "store/checkpoints/$(cat final.checkpoint)" final.checkpoint
      subject=(build --quiet --wait-for-room 1 final.spec --output final.checkpoint) time=$short
      ;;
    2) subject=(run final.checkpoint --store store --in-guest -- sleep 1) time=1200 ;;
  esac
  how=$((RANDOM % 5))
  [ "$how" != 4 ] || [ -n "$filler" ] || how=0
  parent=
  status=0
  if [ "$how" = 3 ]; then
    # As a build tool that is killed: its child gets nothing from it.
    sh -c '"$@" & echo $! >child; wait' sh "$vm" "${subject[@]}" >said 2>&1 &
    parent=$!
    until [ -s child ]; do sleep 0.01; done
    tool=$(cat child)
    rm child
  else
    "$vm" "${subject[@]}" >said 2>&1 &
    tool=$!
  fi
  after "$time"
  name=
  case $how in
    0)
      name='the tool (SIGKILL)'
      kill -KILL "$tool" 2>/dev/null || name=
      ;;
    1)
      for pid in $(machines); do
        kill -KILL "$pid" 2>/dev/null && name='QEMU (SIGKILL)'
      done
      ;;
    2)
      name='the tool (SIGTERM)'
      kill -TERM "$tool" 2>/dev/null || name=
      ;;
    3)
      name='its parent (SIGKILL)'
      kill -KILL "$parent" 2>/dev/null || name=
      ;;
    4)
      name='a full disk'
      [ ! -e /proc/"$tool" ] && name=
      dd if=/dev/zero of="$filler" bs=1M status=none 2>/dev/null || true
      ;;
  esac
  if [ -n "$parent" ]; then
    wait "$parent" 2>/dev/null || true
    for _ in $(seq 100); do
      [ -e /proc/"$tool" ] || break
      sleep 0.1
    done
    [ ! -e /proc/"$tool" ] || fail "round $round (seed $seed): it lives on without its parent"
  else
    wait "$tool" 2>/dev/null || status=$?
  fi
  [ -z "$filler" ] || rm -f "$filler"
  case $how in
    2 | 3)
      # It has had the time to leave nothing.
      [ -z "$(machines)" ] || fail "round $round (seed $seed): $name leaves a machine"
      [ -z "$(ls -A store/work)" ] || fail "round $round (seed $seed): $name leaves $(ls -A store/work)"
      ;;
  esac
  if [ -n "$name" ]; then
    done_kills=$((done_kills + 1))
    hit[$name]=$((${hit[$name]:-0} + 1))
  fi
  # The next start ends what is left.
  "$vm" gc --store store --json >collected || fail "round $round (seed $seed): gc fails"
  left=$(machines)
  [ -z "$left" ] || fail "round $round (seed $seed): after $name and the next start, $left lives"
  left=$(find store/work "$XDG_RUNTIME_DIR" -name '.gantry-scratch-*')
  [ -z "$left" ] || fail "round $round (seed $seed): after $name there is $left"
  "$vm" verify --store store >verified || fail "round $round (seed $seed): after $name: $(cat verified)"
  if [ "${subject[0]}" = build ]; then
    timeout 120 bash -c '"$@"' bash "$vm" build --quiet ready.spec --output ready.checkpoint ||
      fail "round $round (seed $seed): after $name, ready cannot be built"
    timeout 120 "$vm" build --quiet final.spec --output final.checkpoint ||
      fail "round $round (seed $seed): after $name, final cannot be built"
  fi
done
[ "$(run)" = second ] || fail "the last checkpoint is not what was saved"
for name in "${!hit[@]}"; do
  echo "${hit[$name]} times: $name"
done
echo "$done_kills of $kills: no machine lives on, no checkpoint is broken, the next build succeeds (seed $seed)"
