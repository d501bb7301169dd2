#!/bin/bash
# A real Docker daemon gets only the layers that it lacks.
set -euo pipefail
GANTRY=$1
probe=$2
. "$(dirname "$0")/dockerd.sh"
. "$(dirname "$0")/peer_image.sh"
. "$(dirname "$0")/load_images.sh"
need docker jq
work=$(mktemp -d)
trap 'stop_dockerd; rm -rf "$work"' EXIT
make_layers "$work" "$probe"
start_dockerd

# expect_image <name>: docker has it, with our config to the byte, and runs it.
expect_image() {
  [ "$(docker image inspect --format '{{.Id}}' "$1")" = "$(field image)" ] || { echo "$1"; exit 1; }
  docker run --rm --network=none "$1" ids | grep -q '^uid=0 gid=0' || { echo "$1 does not run"; exit 1; }
}

# The first time all; and no file is made for it.
build one one
manifest=$(jq -r '.manifests[0].digest' "$work/layout/index.json")
config=$(jq -r .config.digest "$work/layout/blobs/sha256/${manifest#sha256:}")
TMPDIR=/nonexistent load "oci:$work/layout:one" --tag latest --tag 1
expect engine docker
expect image "$config"
expect changed true
expect layers 3
expect sentLayers 3
expect_bytes 4000000 6000000
expect_image app:latest
expect_image app:1

# The second time nothing, but a new name is there.
load "oci:$work/layout:one" --tag other.example/me/app:2
expect changed false
expect sentLayers 0
expect sentBytes 0
expect 'names[]' other.example/me/app:2
expect_image other.example/me/app:2

# A changed upper layer goes alone; its name moves.
build two two
load "oci:$work/layout:two"
expect 'names[]' app:latest
expect sentLayers 1
expect_bytes 2000 20000
expect_image app:latest

# Only the config is another one.
build three two --label a=b
load "oci:$work/layout:three"
expect changed true
expect sentLayers 0
expect_bytes 2000 20000
expect_image app:latest

# What lies on a changed layer is another layer.
echo more >"$work/data/more"
build four two
load "oci:$work/layout:four"
expect sentLayers 2
expect_bytes 4000000 6000000
expect_image app:latest

# Layers in zstd, which this docker may not read.
build five five --compression zstd
load "oci:$work/layout:five"
expect_image app:latest

# What docker has removed is sent again.
docker images --quiet --no-trunc | sort -u | xargs docker rmi --force >/dev/null
[ -z "$(docker images --all --quiet)" ] || exit 1
load "oci:$work/layout:four"
expect sentLayers 3
expect_bytes 4000000 6000000
expect_image app:latest

# Removed after we have asked for it: all is sent after all, and a warning says so.
mkdir "$work/bin"
real=$(command -v docker)
cat >"$work/bin/docker" <<END
#!/bin/sh
if [ "\$1" = load ] && [ ! -e "$work/removed" ]; then
  touch "$work/removed"
  "$real" rmi --force app:latest >/dev/null
fi
exec "$real" "\$@"
END
chmod +x "$work/bin/docker"
build six six
PATH=$work/bin:$PATH load "oci:$work/layout:six" 2>"$work/warning"
grep -q '^gantry: warning: docker did not take the image without the layers that it has and gets all of it: docker load failed with exit code 1:' "$work/warning" || { cat "$work/warning"; exit 1; }
expect sentLayers 3
expect_image app:latest

# For people.
build seven seven
"$GANTRY" image load "oci:$work/layout:seven" --name app --tag 2 >"$work/said"
grep -Eqx 'image [a-z]+: loaded into docker as app:2, 1 of 3 layers sent, [0-9.]+ kB, sha256:[0-9a-f]{12}' \
  "$work/said" || { cat "$work/said"; exit 1; }

# fails <text> <argument>...
fails() {
  text=$1
  shift
  if "$GANTRY" image load "oci:$work/layout:one" "$@" >"$work/out" 2>"$work/err"; then
    echo "not refused: $*"
    exit 1
  fi
  grep -qF -- "$text" "$work/err" || { cat "$work/err"; exit 1; }
}
fails 'no image for linux/s390x' --platform linux/s390x
fails "'App' is no name for an image" --name App
fails "'a/b' has no tag" --tag a/b
fails "'-x' is no tag" --tag=-x
DOCKER_HOST=unix:///nonexistent/socket fails \
  'docker: no daemon (Cannot connect to the Docker daemon at unix:///nonexistent/socket' --engine docker

# A signal ends the engine's program, too.
cat >"$work/bin/docker" <<END
#!/bin/sh
case \$1 in
image) exit 1 ;;
load) echo \$\$ >"$work/pid.new"; mv "$work/pid.new" "$work/pid"; exec sleep 300 ;;
esac
END
PATH=$work/bin:$PATH "$GANTRY" image load "oci:$work/layout:one" --name app 2>"$work/err" &
pid=$!
for _ in $(seq 100); do
  [ -e "$work/pid" ] && break
  sleep 0.1
done
kill -TERM $pid
code=0
wait $pid || code=$?
[ $code -eq 143 ] || { echo "exit code $code after SIGTERM"; cat "$work/err"; exit 1; }
if kill -0 "$(cat "$work/pid")" 2>/dev/null; then
  echo "docker load runs on"
  exit 1
fi
echo "docker gets what it lacks"
