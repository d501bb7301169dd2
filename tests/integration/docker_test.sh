#!/bin/bash
# A real Docker daemon loads our images, from skopeo's archive and from our own, and runs them.
set -euo pipefail
gantry=$1
probe=$2
. "$(dirname "$0")/dockerd.sh"
. "$(dirname "$0")/peer_image.sh"
need skopeo docker
work=$(mktemp -d)
trap 'stop_dockerd; rm -rf "$work"' EXIT
make_images "$gantry" "$probe" "$work"
start_dockerd

expected='uid=1000 gid=100 groups=29,100'
for compression in gzip gzip-dense zstd none; do
  image=oci:$work/layout:$compression
  # Docker 20.10 reads no zstd and skopeo makes no archive of it; ours has it decompressed.
  if [ $compression != zstd ]; then
    skopeo copy --quiet "$image" "docker-archive:$work/$compression.tar:app:$compression"
    docker load --quiet --input "$work/$compression.tar"
    said=$(docker run --rm --network=none "app:$compression")
    [ "$said" = "$expected" ] || { echo "$compression by docker: $said"; exit 1; }
  fi
  said=$("$gantry" image run "$image" --runner docker 2>"$work/runner")
  [ "$said" = "$expected" ] || { echo "$compression by gantry: $said"; exit 1; }
  grep -qx 'runner: docker' "$work/runner"
  echo "$compression: $said"
done

# The exit code is the program's, the options mean what docker means by them, both streams come
# through, and the signal that ends us ends the program.
image=oci:$work/layout:gzip
run() { "$gantry" image run "$image" --runner "$1" --env A=1 --user 7:8 --workdir /var -- \
  environment where ids complain oops exit 42; }
for runner in docker gantry; do
  code=0
  run $runner >"$work/$runner.out" 2>"$work/$runner.err" || code=$?
  [ $code -eq 42 ] || { echo "$runner: exit code $code"; exit 1; }
  grep -qx 'A=1' "$work/$runner.out"
  grep -qx 'WHO=gantry' "$work/$runner.out"
  grep -q ' cwd=/var ' "$work/$runner.out"
  grep -q '^uid=7 gid=8' "$work/$runner.out"
  grep -qx 'oops' "$work/$runner.err"
done

for runner in docker gantry; do
  "$gantry" image run "$image" --runner $runner -- wait >"$work/out" 2>/dev/null &
  pid=$!
  for _ in $(seq 100); do
    grep -q ready "$work/out" && break
    sleep 0.1
  done
  kill -TERM $pid
  code=0
  wait $pid || code=$?
  [ $code -eq 55 ] || { echo "$runner: exit code $code after SIGTERM"; exit 1; }
  grep -q 'got 15' "$work/out"
done

# Nothing is left behind.
[ -z "$(docker ps --all --quiet)" ] || { docker ps --all; exit 1; }
if docker images --format '{{.Repository}}' | grep gantry-run; then exit 1; fi
echo "docker and our sandbox agree"
