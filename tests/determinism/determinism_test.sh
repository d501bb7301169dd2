#!/bin/bash
# determinism_test.sh <source dir>: the simulator's outputs are the same bytes by every compiler, at
# every level of optimisation, with every number of threads, with fused multiplications and with a C
# library that may not use them.
set -euo pipefail
here=$1/tests/determinism
traces=("$1"/tests/unit/workload/data/{msr.csv,alibaba.csv,blkparse.txt,blktrace.bin,fio2.log,fio3.log,mqsim.trace})
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
unset CXXFLAGS LDFLAGS

fail() {
  echo "FAILED: $*"
  exit 1
}

# variant <name> <compiler> <flags>: builds it.
variants=()
variant() {
  if ! command -v "$2" >/dev/null; then
    [[ -z ${CI:-} ]] || fail "there is no $2"
    echo "without $1: there is no $2"
    return
  fi
  cmake -G Ninja -S "$here" -B "$1" -DCMAKE_CXX_COMPILER="$2" -DCMAKE_BUILD_TYPE=None \
    -DCMAKE_CXX_FLAGS="$3" >"$1.log" 2>&1 || fail "$1: $(tail -20 "$1.log")"
  cmake --build "$1" >>"$1.log" 2>&1 || fail "$1 does not build: $(tail -20 "$1.log")"
  variants+=("$1")
}

# sums <name> <program> <further variables>...: all digests of its outputs.
sums() {
  local name=$1 program=$2
  shift 2
  mkdir "$name.out"
  env "$@" "$program" "$name.out" "${traces[@]}" || fail "$name does not run"
  (cd "$name.out" && sha256sum -- *) >"$name.sums"
}

clang=$(command -v clang++ || command -v clang++-14 || echo clang++)
fused=
if grep -qw fma /proc/cpuinfo; then
  fused='-march=x86-64-v3'
fi
variant gcc-O0 g++ -O0
variant gcc-O2 g++ -O2
variant gcc-O3 g++ "-O3 $fused"
variant clang-O0 "$clang" -O0
variant clang-O2 "$clang" -O2
variant clang-O3 "$clang" "-O3 $fused"
[[ ${#variants[@]} -ge 3 ]] || fail "only ${#variants[@]} variants"

# Each runs by one thread for the most part, and those without optimisation for minutes.
running=0
finish_one() {
  wait -n || fail 'a variant does not run'
  running=$((running - 1))
}
begin() {
  ((running < $(nproc))) || finish_one
  sums "$@" &
  running=$((running + 1))
}
for name in "${variants[@]}"; do
  begin "$name" "$name/determinism" GANTRY_VARIANT="$name"
done
begin again "${variants[1]}/determinism" GANTRY_VARIANT=again
begin unfused "${variants[1]}/determinism" GLIBC_TUNABLES=glibc.cpu.hwcaps=-FMA,-FMA4,-AVX2
while ((running > 0)); do
  finish_one
done
variants+=(again unfused)

[[ $(wc -l <"${variants[0]}.sums") == 41 ]] || fail "outputs: $(cat "${variants[0]}.sums")"
for name in "${variants[@]:1}"; do
  diff "${variants[0]}.sums" "$name.sums" >difference || {
    file=$(awk '/^>/ { print $3; exit }' difference)
    diff "${variants[0]}.out/$file" "$name.out/$file" | head -10
    fail "$name differs from ${variants[0]}: $(awk '/^>/ { print $3 }' difference | tr '\n' ' ')"
  }
done
for threads in 2 4; do
  cmp "${variants[0]}.out/sweep.1" "${variants[0]}.out/sweep.$threads" || fail 'threads matter'
done
echo "${#variants[@]} variants agree in 41 outputs"
