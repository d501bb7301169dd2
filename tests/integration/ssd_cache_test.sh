#!/bin/bash
# ssd_cache_test.sh <gantry-ssd>: what builds use of the simulator: specs, states and points of sweeps
# that are known already, and what SIGKILL leaves of them.
set -euo pipefail
ssd=$1
. "$(dirname -- "$0")/expectations.sh"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
export GANTRY_CACHE_DIR=$scratch/cache

# A spec is a command line.
printf '%s\n' 'gantry-ssd 1' 'device ref-a' 'state ' 'option fill=sequential' 'option ' \
  'option bytes=8MiB' >drive.spec
"$ssd" precondition --spec drive.spec --output drive.state >/dev/null
"$ssd" precondition --device ref-a --fill sequential --bytes 8MiB --output same.state >/dev/null
cmp drive.state same.state
# spec_fails <message> <line>...
spec_fails() {
  local message=$1
  shift
  printf '%s\n' "$@" >drive.spec
  fails "$message" "$ssd" precondition --spec drive.spec --output x
}
spec_fails 'drive.spec: its first line is not "gantry-ssd 1"' 'device ref-a'
spec_fails 'drive.spec: a workload has no option "tmie"' 'gantry-ssd 1' 'option tmie=2'
spec_fails "hint: did you mean 'time'?" 'gantry-ssd 1' 'option tmie=2'
spec_fails 'drive.spec: the option "seed" has no value' 'gantry-ssd 1' 'option seed'
spec_fails 'a workload has no option "output"' 'gantry-ssd 1' 'option output=y'
spec_fails 'drive.spec: --block-size cannot be "5B"' 'gantry-ssd 1' 'device ref-a' \
  'option block-size=5B' 'option bytes=1MiB'
fails 'nowhere.spec: No such file' "$ssd" precondition --spec nowhere.spec --output x
[[ ! -e x ]] || fail 'there is a state in spite of an error'

# A cached state is that of the plain command, left alone, and found again.
state=(precondition --device ref-a --fill sequential --bytes 8MiB --cached)
make=("${state[@]}" --output made.state)
[[ $("$ssd" "${make[@]}") == 'device state made: ref-a, 100.0 % mapped' ]] || fail 'made'
cmp made.state same.state
[[ -z $("$ssd" "${make[@]}") ]] || fail 'it is made again'
rm made.state
[[ $("$ssd" "${make[@]}") == *', from the cache' ]] || fail 'it is not in the cache'
cmp made.state same.state
[[ $("$ssd" "${make[@]}" --seed 2) == 'device state made: ref-a, 100.0 % mapped' ]] || fail 'seed'

# A damaged cache costs no more than making the state.
for bytes in 100000 0; do
  for file in cache/simulations/*; do truncate -s "$bytes" "$file"; done
  rm made.state
  [[ $("$ssd" "${make[@]}") == 'device state made: ref-a, 100.0 % mapped' ]] || fail "cut to $bytes"
  cmp made.state same.state
done

# What goes on from another state is of that state.
grow=(precondition --state made.state --commands 100 --cached --output grown.state)
"$ssd" "${grow[@]}" >/dev/null
cp grown.state once.state
"$ssd" precondition --device ref-a --bytes 1MiB --output made.state >/dev/null
"$ssd" "${grow[@]}" >/dev/null
! cmp -s grown.state once.state || fail 'the first state does not matter'

# The cache is held to its bound, oldest first: a state has 16 MB.
GANTRY_CACHE_SIZE=40M "$ssd" "${make[@]}" --seed 3 >/dev/null
(($(du -s cache/simulations | cut -f1) <= 40 * 1024)) || fail "the cache has $(du -s cache)"
# Without one, or with one that cannot be made, it is made all the same.
rm made.state
GANTRY_CACHE_DIR='' "$ssd" "${make[@]}" >/dev/null
cmp made.state same.state
rm made.state
GANTRY_CACHE_DIR=/dev/null/cache "$ssd" "${make[@]}" >/dev/null
cmp made.state same.state

# Points of a sweep: the same bytes from threads, from shards, and from what is known.
grid=(sweep --state same.state --vary 'queue-depth=1,2,8' --vary 'read=100%,50%' --time 2ms --histogram)
"$ssd" "${grid[@]}" --json >plain.json 2>/dev/null
for shard in 1/2 2/2; do
  [[ $("$ssd" "${grid[@]}" --points points --shard $shard --output "part-${shard%/*}.json") == \
    "sweep part-${shard%/*}: 3 points, 3 simulated" ]] || fail "shard $shard"
done
[[ $("$ssd" "${grid[@]}" --points points --output whole.json) == \
  'sweep whole: 6 points, 0 simulated' ]] || fail 'the shards are not found'
cmp whole.json plain.json
[[ -z $("$ssd" "${grid[@]}" --points points --output whole.json) ]] || fail 'it is written again'
# Damaged, or of another name.
for file in points/* cache/simulations/*; do echo '{}' >"$file"; done
[[ $("$ssd" "${grid[@]}" --points points --output again.json) == \
  'sweep again: 6 points, 6 simulated' ]] || fail 'damaged points'
cmp again.json plain.json
# One digit is another one.
sed -i 's/"commands":\([0-9]*\)[0-8],/"commands":\19,/' points/* cache/simulations/*
[[ $("$ssd" "${grid[@]}" --points points --output flipped.json) == \
  'sweep flipped: 6 points, 6 simulated' ]] || fail 'a wrong figure is believed'
cmp flipped.json plain.json
# Damaged in one place only, it is taken from the other one, and mended.
for file in points/*; do truncate -s 100 "$file"; done
[[ $("$ssd" "${grid[@]}" --points points --output mended.json) == \
  'sweep mended: 6 points, 0 simulated' ]] || fail 'the cache of the user is not asked'
cmp mended.json plain.json
rm -r cache
[[ $("$ssd" "${grid[@]}" --points points --output kept.json) == \
  'sweep kept: 6 points, 0 simulated' ]] || fail 'the build tree has not been mended'
# The table needs no reports.
"$ssd" "${grid[@]}" >plain.table 2>/dev/null
"$ssd" "${grid[@]}" --points points 2>/dev/null | cmp - plain.table
fails '--shard cannot be "3/2"' "$ssd" "${grid[@]}" --shard 3/2
fails '--shard cannot be "half"' "$ssd" "${grid[@]}" --shard half
fails 'a state says what the device is' "$ssd" sweep --state same.state --vary /geometry/channels=4
fails 'a state says what the device is' "$ssd" sweep --state same.state --vary fill=random
fails '--fill and --state exclude each other' "$ssd" "${grid[@]}" --fill

# Several at once share a cache, also one that has room for nothing and is emptied by each of them.
for size in 10G 1; do
  rm -rf cache points made.state*
  runs=()
  for number in 1 2 3; do
    GANTRY_CACHE_SIZE=$size "$ssd" "${grid[@]}" --points points --output "sweep-$number.json" >/dev/null &
    runs+=($!)
    GANTRY_CACHE_SIZE=$size "$ssd" "${state[@]}" --output "made-$number.state" >/dev/null &
    runs+=($!)
  done
  for run in "${runs[@]}"; do wait "$run" || fail "one of several at once, in $size"; done
  for number in 1 2 3; do
    cmp "sweep-$number.json" plain.json
    cmp "made-$number.state" same.state
  done
done

# A state of another version of the simulator is refused with a word, and made again by a build.
printf '\2' | dd of=made-1.state bs=1 seek=12 conv=notrunc status=none
fails 'this state is of format 2, and this program knows 1' \
  "$ssd" run --state made-1.state --read 100% --commands 1
"$ssd" "${state[@]}" --output made-1.state >/dev/null
cmp made-1.state same.state

# Killed at any moment, states and sweeps are whole or not there, and are made after that.
met=0
for delay in 0.05 0.1 0.2 0.3 0.5; do
  rm -rf cache points made.state* sweep.json
  "$ssd" "${make[@]}" --depfile made.d >/dev/null &
  run=$!
  "$ssd" "${grid[@]}" --points points --output sweep.json >/dev/null &
  other=$!
  sleep "$delay"
  kill -KILL "$run" 2>/dev/null && met=$((met + 1))
  kill -KILL "$other" 2>/dev/null && met=$((met + 1))
  wait "$run" 2>/dev/null || true
  wait "$other" 2>/dev/null || true
  [[ ! -e made.state ]] || cmp made.state same.state
  [[ ! -e sweep.json ]] || cmp sweep.json plain.json
  "$ssd" "${make[@]}" >/dev/null
  cmp made.state same.state
  "$ssd" "${grid[@]}" --points points --output sweep.json >/dev/null
  cmp sweep.json plain.json
done
((met > 0)) || fail 'nothing was killed'
