#!/bin/sh
# image.sh GANTRY MEASURE SOURCE_DIR [RUNS]: all three are absolute paths.
#
# Builds the same layer with gantry and with Debian's umoci, buildah and skopeo, in turns, and prints
# medians and the ratios that Gantry promises. GANTRY is a program of an optimised build, MEASURE the
# one beside this script. The input is a tree of some 200 MB in 4,000 files, unpacked from Debian
# packages. All files are on tmpfs, below GANTRY_BENCH_DIR (default: /dev/shm/gantry-bench), where
# the packages and the tree are kept for the next time.
set -eu

gantry=$1
measure=$2
source_dir=$3
runs=${4:-5}
work=${GANTRY_BENCH_DIR:-/dev/shm/gantry-bench}
tree=$work/tree
out=$work/out
results=$work/results
packages="cmake cmake-data cpp-12 gcc-12 libicu72 libstdc++-12-dev"

# No cache: every layer is written. No later time than the files have.
export GANTRY_CACHE_DIR='' SOURCE_DATE_EPOCH=1700000000

make_tree() {
  if [ -f "$work/tree.complete" ]; then
    return
  fi
  rm -rf "$tree" "$work/packages"
  mkdir -p "$tree" "$work/packages"
  (
    cd "$work/packages"
    # shellcheck disable=SC2086 # a list of words
    apt-get -qq -o APT::Sandbox::User="$(id -un)" download $packages
  )
  for package in "$work/packages"/*.deb; do
    dpkg -x "$package" "$tree"
  done
  find "$tree" -exec touch --no-dereference --date=@1700000000 {} +
  : >"$work/tree.complete"
}

has() {
  command -v "$1" >/dev/null 2>&1
}

# timed NAME COMMAND...
timed() {
  name=$1
  shift
  "$measure" "$results/$name" "$@"
}

# median NAME COLUMN: of seconds (1, 2) or kB (3)
median() {
  sort -n -k "$2,$2" "$results/$1" | awk -v column="$2" '
    { value[NR] = $column }
    END { print NR % 2 ? value[(NR + 1) / 2] : (value[NR / 2] + value[NR / 2 + 1]) / 2 }'
}

largest() {
  sort -n -k "$2,$2" "$results/$1" | awk -v column="$2" 'END { print $column }'
}

# bytes LAYOUT: of all its blobs
bytes() {
  find "$1" -type f -path '*sha256*' -printf '%s\n' | awk '{ sum += $1 } END { print sum + 0 }'
}

build_with_gantry() { # NAME COMPRESSION TREE
  rm -rf "${out:?}/$1"
  timed "$1" "$gantry" image build --quiet --layer "$3" --compression "$2" --to "oci:$out/$1:latest"
}

build_with_umoci() {
  rm -rf "${out:?}/umoci"
  # shellcheck disable=SC2016 # for the inner shell
  timed umoci sh -ec 'umoci init --layout "$1"
    umoci new --image "$1:latest"
    umoci insert --image "$1:latest" "$2" /' sh "$out/umoci" "$tree"
}

build_with_buildah() {
  rm -rf "${out:?}/buildah" "$work/containers"
  # shellcheck disable=SC2016 # for the inner shell
  timed buildah sh -ec 'b="buildah --root $3/storage --runroot $3/run --storage-driver vfs"
    container=$($b from --isolation chroot scratch)
    $b copy -q "$container" "$2" /
    $b commit -q --disable-compression=false "$container" "oci:$1:latest"' \
    sh "$out/buildah" "$tree" "$work/containers" 2>"$results/buildah.log"
}

# It packs nothing itself: it compresses the layer of an image that is there.
compress_with_skopeo() {
  rm -rf "${out:?}/skopeo"
  timed skopeo skopeo copy --quiet --insecure-policy --dest-compress --dest-compress-format gzip \
    "oci:$out/none:latest" "dir:$out/skopeo"
}

run_all() {
  build_with_gantry gzip gzip "$tree"
  build_with_gantry dense gzip-dense "$tree"
  build_with_gantry zstd zstd "$tree"
  build_with_gantry none none "$tree"
  for tool in umoci buildah; do
    if has $tool; then
      build_with_$tool
    fi
  done
  if has skopeo; then
    compress_with_skopeo
    for name in gzip dense zstd none; do
      skopeo inspect "oci:$out/$name:latest" >/dev/null
    done
  fi
}

# Ten times the files, not ten names of the same.
run_large() {
  mkdir -p "$work/large"
  for copy in 0 1 2 3 4 5 6 7 8 9; do
    cp -a "$tree" "$work/large/$copy"
  done
  for compression in gzip gzip-dense zstd; do
    build_with_gantry "large-$compression" "$compression" "$work/large"
    rm -rf "$out/large-$compression"
  done
  rm -rf "$work/large"
}

# A project with the tree as one component and a small file as another, of which the file changes.
run_small_change() {
  project=$work/project
  rm -rf "$project"
  mkdir -p "$project"
  cat >"$project/CMakeLists.txt" <<EOF
cmake_minimum_required(VERSION 3.25)
project(Small LANGUAGES NONE)
set(GANTRY_EXECUTABLE "$gantry")
include("$source_dir/cmake/Gantry.cmake")
install(DIRECTORY "$tree/" DESTINATION / COMPONENT large USE_SOURCE_PERMISSIONS)
install(FILES small.txt DESTINATION share/small COMPONENT small)
gantry_add_image(app INSTALL_COMPONENTS large small)
EOF
  echo 0 >"$project/small.txt"
  cmake -G Ninja -S "$project" -B "$project/build" >"$results/configure.log"
  cmake --build "$project/build" --target app >"$results/build.log"
  images=$project/build/gantry/images
  for run in $(seq 1 "$runs"); do
    echo "$run" >"$project/small.txt"
    timed small-cmake cmake --build "$project/build" --target app
    # The same step again on its own, with the new layer forgotten.
    echo "again $run" >"$project/small.txt"
    stage=$(sed -n 's/^layer \(.*\)\tsmall$/\1/p' "$images/app.spec")
    "$gantry" image stage --cmake "$(command -v cmake)" --build-dir "$project/build" \
      --component small --config Release --prefix /usr --tree "$(dirname "$stage")/tree" \
      --output "$stage" --depfile "$results/stage.d"
    timed small "$gantry" image build --quiet --spec "$images/app.spec" \
      --store "$project/build/gantry/store" --output "$images/app.image"
  done
  rm -rf "$project"
}

row() { # NAME LABEL BYTES
  if [ -f "$results/$1" ]; then
    printf '%-26s %8.3f %8.3f %8.1f %12s\n' "$2" "$(median "$1" 1)" "$(median "$1" 2)" \
      "$(awk -v kb="$(largest "$1" 3)" 'BEGIN { print kb * 1.024 / 1000 }')" "$3"
  else
    printf '%-26s %8s\n' "$2" "not measured"
  fi
}

# promise TEXT VALUE RELATION BOUND: RELATION is <, <= or >=
promise() {
  verdict=$(awk -v value="$2" -v relation="$3" -v bound="$4" 'BEGIN {
    value += 0
    bound += 0
    met = relation == "<" ? value < bound : relation == "<=" ? value <= bound : value >= bound
    print met ? "met" : "missed" }')
  if [ -z "$2" ] || [ -z "$4" ]; then
    verdict="not measured"
  fi
  printf '%-12s %-66s %s %s %s\n' "$verdict" "$1" "${2:--}" "$3" "${4:--}"
}

# Empty for a tool that is missing.
wall() { [ ! -f "$results/$1" ] || median "$1" 1; }
ratio() { [ -z "$1" ] || [ -z "$2" ] || awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }

report() {
  printf '\n%s; %s cores; medians of %s runs in turns, RSS the largest\n' \
    "$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" "$runs"
  printf '%-26s %8s %8s %8s %12s\n' "" "wall s" "CPU s" "RSS MB" "bytes"
  row gzip "gantry gzip" "$(bytes "$out/gzip")"
  row dense "gantry gzip-dense" "$(bytes "$out/dense")"
  row zstd "gantry zstd" "$(bytes "$out/zstd")"
  row none "gantry none" "$(bytes "$out/none")"
  row umoci "umoci init, new, insert" "$(bytes "$out/umoci")"
  row buildah "buildah from, copy, commit" "$(bytes "$out/buildah")"
  row skopeo "skopeo copy (compress only)" "$(find "$out/skopeo" -type f -printf '%s\n' |
    awk '{ sum += $1 } END { print sum }')"
  row large-gzip "gantry gzip, 10 x" ""
  row large-gzip-dense "gantry gzip-dense, 10 x" ""
  row large-zstd "gantry zstd, 10 x" ""
  row small "gantry, small change" ""
  row small-cmake "cmake --build, small change" ""
  printf '\n'

  peer=$(wall umoci)
  peer_bytes=$(bytes "$out/umoci")
  layer=$(find "$out/none/blobs/sha256" -type f -size +100M)
  promise "gzip: times faster than umoci" "$(ratio "$peer" "$(wall gzip)")" ">=" 3
  promise "gzip: times faster than buildah" "$(ratio "$(wall buildah)" "$(wall gzip)")" ">=" 8
  promise "gzip-dense: bytes less than gzip -6 of the same tar" "$(bytes "$out/dense")" "<" \
    "$(gzip -6 -c "$layer" | wc -c)"
  promise "gzip-dense: seconds less than umoci" "$(wall dense)" "<" "$peer"
  promise "zstd: seconds less than umoci" "$(wall zstd)" "<" "$peer"
  promise "zstd: bytes less than umoci's gzip" "$(bytes "$out/zstd")" "<" "$peer_bytes"
  for name in gzip dense zstd large-gzip large-gzip-dense large-zstd; do
    promise "$name: MB resident at most" \
      "$(awk -v kb="$(largest $name 3)" 'BEGIN { print kb * 1.024 / 1000 }')" "<=" 48
  done
  # Of names alone, not of bytes.
  promise "gzip: bytes resident for each further name of ten times the tree" \
    "$(awk -v few="$(largest gzip 3)" -v many="$(largest large-gzip 3)" \
      -v names="$(find "$tree" | wc -l)" 'BEGIN { print (many - few) * 1024 / (9 * names) }')" "<=" 300
  promise "a small change on top of 200 MB: milliseconds" \
    "$(awk -v s="$(wall small)" 'BEGIN { print s == "" ? "" : s * 1000 }')" "<=" 25
}

rm -rf "$out" "$results"
mkdir -p "$out" "$results"
make_tree
for run in $(seq 1 "$runs"); do
  printf 'run %s of %s\n' "$run" "$runs" >&2
  run_all
done
run_small_change
run_large
report
rm -rf "$out" "$work/containers"
