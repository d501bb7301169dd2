#!/bin/sh
# binaries_test.sh <source tree>: the workflow's job `binaries`, with programs of our own in place of
# apt, dpkg, mmdebstrap and cmake: every step of it is run as the workflow has it.
set -eu
source=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$scratch/bin" "$scratch/tree/.github" "$scratch/tree/tools"
cp -R "$source/.github/scripts" "$scratch/tree/.github"
cp -R "$source/presets" "$scratch/tree"
cp "$source/tools/"*.sh "$scratch/tree/tools"
printf '# build\ncmake\nlibfmt-dev\nzlib1g-dev\n\n# cross\nqemu\n' >"$scratch/tree/tools/packages.txt"

program() {
  cat >"$scratch/bin/$1"
  chmod +x "$scratch/bin/$1"
}
export LOG="$scratch/log"
: >"$LOG"
for name in apt-get mount; do
  # shellcheck disable=SC2016 # for the program to expand
  printf '#!/bin/sh\necho "%s $*" >>"$LOG"\n' $name | program $name
done
printf '#!/bin/sh\nexit 1\n' | program dpkg-query
printf '#!/bin/sh\necho 0\n' | program id
program cmake <<'FAKE'
#!/bin/sh
echo "cmake $*" >>"$LOG"
mkdir -p "build/$3/gantry/published/gantry"
echo "$3" >"build/$3/gantry/published/gantry/index.json"
FAKE
program mmdebstrap <<'FAKE'
#!/bin/sh
echo "mmdebstrap $*" >>"$LOG"
for part in lib usr/lib usr/include; do
  mkdir -p "$6/$part/aarch64-linux-gnu"
done
FAKE
program mkdir <<'FAKE'
#!/bin/sh
case $* in
  *' /usr/'*) echo "mkdir $*" >>"$LOG" ;;
  *) exec /bin/mkdir "$@" ;;
esac
FAKE
program unshare <<'FAKE'
#!/bin/sh
echo "unshare $1" >>"$LOG"
shift
exec "$@"
FAKE

steps=$(awk '/^  binaries:/ { on = 1; next } /^  [a-z]/ { on = 0 } on && sub(/^ *- run: /, "")' \
  "$source/.github/workflows/publish.yml")
[ "$(echo "$steps" | wc -l)" -eq 4 ] || {
  echo "these are not the steps: $steps"
  exit 1
}
cd "$scratch/tree"
echo "$steps" | while read -r step; do
  PATH="$scratch/bin:$PATH" HOME="$scratch" GITHUB_WORKSPACE=/workspace sh -euc "$step" >/dev/null
done

grep -v -e --simulate "$LOG" >"$scratch/had"
libraries=$PWD/build/arm64-libraries
cat >"$scratch/want" <<WANT
apt-get update
apt-get install --yes --no-install-recommends ca-certificates ccache git
apt-get install --yes --quiet --no-install-recommends --no-remove cmake libfmt-dev zlib1g-dev
cmake --workflow --preset release-linux-amd64 --fresh
apt-get install --yes --quiet --no-install-recommends --no-remove cmake libfmt-dev zlib1g-dev qemu
mmdebstrap --quiet --variant=extract --architectures=arm64 --include=libfmt-dev,zlib1g-dev bookworm $libraries
mkdir -p /usr/lib/aarch64-linux-gnu /usr/include/aarch64-linux-gnu
unshare --mount
mount --bind $libraries/usr/lib/aarch64-linux-gnu /usr/lib/aarch64-linux-gnu
mount --bind $libraries/usr/include/aarch64-linux-gnu /usr/include/aarch64-linux-gnu
cmake --workflow --preset release-linux-arm64 --fresh
WANT
diff "$scratch/want" "$scratch/had"
for platform in linux-amd64 linux-arm64; do
  grep -qx "release-$platform" "dist/images/$platform/index.json"
done
[ "$(git config --file "$scratch/.gitconfig" safe.directory)" = /workspace ]
