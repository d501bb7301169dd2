#!/bin/bash
# sweep.sh <gantry-ssd>: a sweep of 16 points by one thread and by two, medians of five: both times,
# their ratio, and how much of two cores the second had, which another load on the machine takes. Of
# a drive whose maps a core's cache holds, and of one for whose maps both cores go to memory.
set -euo pipefail
ssd=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
TIMEFORMAT='%R %U %S'

# measure <jobs>: "wall user+sys" of one run on $device.
measure() {
  local points=(sweep --device "$device" --fill random --read 50% --commands 300000 --json
    --vary 'queue-depth=1,4,16,64' --vary '/garbage_collection/victims=greedy,d-choices,fifo,random')
  { time "$ssd" "${points[@]}" --jobs "$1" >"$scratch/$1.json" 2>/dev/null; } 2>&1 |
    awk '{ print $1, $2 + $3 }'
}

for device in toyssd ref-a; do
  for _ in 1 2 3 4 5; do
    measure 1 >>"$scratch/$device.one"
    measure 2 >>"$scratch/$device.two"
  done
  cmp "$scratch/1.json" "$scratch/2.json"
  read -r one one_cpu < <(sort -n "$scratch/$device.one" | sed -n 3p)
  read -r two two_cpu < <(sort -n "$scratch/$device.two" | sed -n 3p)
  awk -v device="$device" -v one="$one" -v two="$two" -v a="$one_cpu" -v b="$two_cpu" 'BEGIN {
    printf "%s\n", device
    printf "one thread   %6.2f s   %6.2f s of CPU\n", one, a
    printf "two threads  %6.2f s   %6.2f s of CPU, %.2f cores\n", two, b, b / two
    printf "speedup      %6.2f\n", one / two
    printf "work         %6.3f times the CPU of one thread: 2 / this is the speedup of two idle cores\n", b / a
  }'
done
