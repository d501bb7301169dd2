#!/bin/sh
# binaries_test.sh <source tree>: the workflow's job `binaries`, with programs of our own in place of
# apt, dpkg and cmake: every step of it is run as the workflow has it.
set -eu
source=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$scratch/bin" "$scratch/tree/.github" "$scratch/tree/tools"
cp -R "$source/.github/scripts" "$scratch/tree/.github"
cp -R "$source/presets" "$scratch/tree"
cp "$source/tools/bootstrap.sh" "$scratch/tree/tools"
printf '# build\ncmake\n\n# cross\nqemu\n\n# arm64\nlibfmt-dev:arm64\n' >"$scratch/tree/tools/packages.txt"

program() {
  cat >"$scratch/bin/$1"
  chmod +x "$scratch/bin/$1"
}
export LOG="$scratch/log"
: >"$LOG"
for name in apt-get dpkg; do
  # shellcheck disable=SC2016 # for the program to expand
  printf '#!/bin/sh\necho "%s $*" >>"$LOG"\n' $name | program $name
done
printf '#!/bin/sh\nexit 1\n' | program dpkg-query
printf '#!/bin/sh\necho 0\n' | program id
program cmake <<'FAKE'
#!/bin/sh
echo "cmake $*" >>"$LOG"
[ "$1" = --build ] || exit 0
mkdir -p "build/$3/gantry/published/gantry" "dist/${3#release-}/bin"
echo "$3" >"build/$3/gantry/published/gantry/index.json"
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
cat >"$scratch/want" <<WANT
apt-get update
apt-get install --yes --no-install-recommends ca-certificates ccache git
apt-get install --yes --quiet --no-install-recommends --no-remove cmake
cmake --preset release-linux-amd64
cmake --build --preset release-linux-amd64
dpkg --add-architecture arm64
apt-get update --quiet
apt-get install --yes --quiet --no-install-recommends --no-remove cmake qemu libfmt-dev:arm64
cmake --preset release-linux-arm64 -DGANTRY_EXECUTABLE=$PWD/dist/linux-amd64/bin/gantry
cmake --build --preset release-linux-arm64
WANT
diff "$scratch/want" "$scratch/had"
for platform in linux-amd64 linux-arm64; do
  grep -qx "release-$platform" "dist/images/$platform/index.json"
done
[ "$(git config --file "$scratch/.gitconfig" safe.directory)" = /workspace ]
