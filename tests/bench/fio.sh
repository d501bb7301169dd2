#!/bin/bash
# fio.sh <gantry-fio> <fio>: what a command costs with fio's own null engine and with the whole model
# of a drive, in turns: 4 KiB random reads at queue depth 32, medians of five, from the CPU time of
# many commands less that of few. Then the time of a minute of a drive at queue depth 1.
set -euo pipefail
gantry=$1
fio=$2
commands=4000000
job=(--name=a --rw=randread --bs=4k --norandommap --io_size=64g)

# seconds <program> <argument>...: of its own CPU time
seconds() {
  TIMEFORMAT='%U'
  { time "$@" >/dev/null 2>&1; } 2>&1
}
of_null() {
  seconds "$fio" --ioengine=null --size=64g --clocksource=clock_gettime --thread "${job[@]}" "$@"
}
of_drive() {
  seconds "$gantry" --device ref-a --fill sequential -- "${job[@]}" "$@"
}
median() {
  sort -n | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'
}

for depth in 32 1; do
  null=() drive=()
  for _ in 1 2 3 4 5; do
    few=$(of_null --iodepth=$depth --number_ios=1000)
    null+=("$(of_null --iodepth=$depth --number_ios=$commands | awk -v few="$few" '{ print $1 - few }')")
    few=$(of_drive --iodepth=$depth --number_ios=1000)
    drive+=("$(of_drive --iodepth=$depth --number_ios=$commands | awk -v few="$few" '{ print $1 - few }')")
  done
  a=$(printf '%s\n' "${null[@]}" | median)
  b=$(printf '%s\n' "${drive[@]}" | median)
  awk -v depth=$depth -v a="$a" -v b="$b" -v n=$commands 'BEGIN {
    printf "queue depth %-3d null engine %4.0f ns, drive %4.0f ns: %.2f times as much, %.2f M/s\n",
      depth, a / n * 1e9, b / n * 1e9, b / a, n / b / 1e6 }'
done

TIMEFORMAT='%R'
for _ in 1 2 3; do
  { time "$gantry" --device ref-a -- --name=a --rw=randread --runtime=60 --time_based >/dev/null 2>&1; } 2>&1
done | median | awk '{ printf "a minute at queue depth 1: %.2f s\n", $1 }'
