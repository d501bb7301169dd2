#!/bin/sh
# bootstrap_test.sh <source tree>: the bootstrap script, with programs of our own in place of apt,
# dpkg-query, id and cmake, installs what is missing and no more.
set -eu
source=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$scratch/bin" "$scratch/tree/tools" "$scratch/tree/presets"
cp "$source/tools/bootstrap.sh" "$scratch/tree/tools"
cp "$source/presets/"*.json "$scratch/tree/presets"
cat >"$scratch/tree/tools/packages.txt" <<'LIST'
# build
g++
cmake

# demo
skopeo

# test
docker.io | docker-ce

# cross
qemu-user-static

# lint
codespell
LIST

program() {
  cat >"$scratch/bin/$1"
  chmod +x "$scratch/bin/$1"
}
export LOG="$scratch/log" INSTALLED="$scratch/installed" INDEXES="$scratch/indexes" USER_ID=0
program dpkg-query <<'FAKE'
#!/bin/sh
grep -qx "$4" "$INSTALLED" && printf installed
FAKE
program apt-get <<'FAKE'
#!/bin/sh
if [ "$1" = update ]; then echo update >>"$LOG"; touch "$INDEXES"; exit; fi
[ -e "$INDEXES" ] || { echo "E: Unable to locate package" >&2; exit 100; }
case " $* " in *' --simulate '*) exit ;; esac
[ "$DEBIAN_FRONTEND" = noninteractive ] || exit 99
for word in "$@"; do
  case $word in
    install | --yes | --quiet | --no-remove) ;;
    --no-install-recommends) echo lean >>"$LOG" ;;
    *) echo "install $word" >>"$LOG" && echo "$word" >>"$INSTALLED" ;;
  esac
done
FAKE
program id <<'FAKE'
#!/bin/sh
echo "$USER_ID"
FAKE
program cmake <<'FAKE'
#!/bin/sh
echo "cmake $*" >>"$LOG"
FAKE

# bootstrap <argument>...: runs the script; its log and output are then in $log and $output.
bootstrap() {
  : >"$LOG"
  status=0
  output=$(PATH="$scratch/bin:$PATH" sh "$scratch/tree/tools/bootstrap.sh" "$@" 2>&1 </dev/null) || status=$?
  log=$(tr '\n' ';' <"$LOG")
}

expect() {
  if [ "$2" != "$3" ]; then
    printf '%s\n  want: %s\n  have: %s\n  output: %s\n' "$1" "$2" "$3" "$output"
    exit 1
  fi
}

echo g++ >"$INSTALLED"
bootstrap
expect 'the demo is the default' \
  'update;lean;install cmake;install skopeo;cmake --workflow --preset demo;' "$log"
bootstrap demo
expect 'nothing is missing' 'cmake --workflow --preset demo;' "$log"
bootstrap --packages-only release-linux-arm64
expect 'what a cross build needs' 'lean;install qemu-user-static;' "$log"
bootstrap --packages-only test
expect 'indexes are there' 'lean;install docker.io;' "$log"
bootstrap --packages-only lint
expect 'all groups' 'lean;install codespell;' "$log"
printf 'g++\ncmake\nskopeo\ndocker-ce\nqemu-user-static\n' >"$INSTALLED"
bootstrap test
expect 'an alternative is installed' 'cmake --workflow --preset test;' "$log"

bootstrap tset
expect 'a wrong preset' "1 bootstrap: error: there is no preset 'tset' in $scratch/tree/presets" "$status $output"
bootstrap --force
expect 'a wrong option' '1 bootstrap: error: unknown option --force (see --help)' "$status $output"
bootstrap demo test
expect 'two presets' '1 bootstrap: error: one preset at a time, got demo and test' "$status $output"
expect 'nothing was done' '' "$log"

USER_ID=1000
printf '#!/bin/sh\nshift 2\nenv DEBIAN_FRONTEND=noninteractive "$@"\n' | program sudo
echo g++ >"$INSTALLED"
bootstrap --packages-only demo
expect 'by sudo' 'lean;install cmake;install skopeo;' "$log"
rm "$scratch/bin/sudo"
echo g++ >"$INSTALLED"
if ! command -v sudo >/dev/null; then
  bootstrap demo
  expect 'neither root nor sudo' 1 "$status"
  expect 'what to run is said' 'run: apt-get install cmake skopeo ' "${output##*as root, }"
  expect 'nothing was run' '' "$log"
fi
