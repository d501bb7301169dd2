#!/bin/sh
# Prepares a Debian machine for Gantry and runs one of its workflows.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
list=$root/tools/packages.txt

usage() {
  cat <<'USAGE'
Usage: sh tools/bootstrap.sh [--packages-only] [preset]

Installs the Debian packages of tools/packages.txt that are missing, then runs
`cmake --workflow --preset <preset>`. The preset is demo unless named; see
`cmake --list-presets` for the others.

  --packages-only   install and stop
  -h, --help        show this text

A preset needs some groups of the list only: demo takes build and demo; dev and
release take build and test; test takes all of these, the independent tools
that Gantry is checked against (peers), virtual machines (vm) and a second
compiler (cross); release-linux-amd64 takes build, and release-linux-arm64 takes
build, demo and cross (see tools/with_arm64_libraries.sh); every other preset
takes all groups.

Examples:
  sh tools/bootstrap.sh demo
  sh tools/bootstrap.sh --packages-only lint
USAGE
}

fail() {
  echo "bootstrap: error: $1" >&2
  exit 1
}

groups_of() {
  case $1 in
    demo) echo 'build demo' ;;
    dev | release) echo 'build test' ;;
    release-linux-amd64) echo build ;;
    release-linux-arm64) echo 'build demo cross' ;;
    test) echo 'build demo test peers vm cross' ;;
    *) echo 'build demo test peers vm cross lint fuzz' ;;
  esac
}

installed() {
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# Prints the first name of every line, in the groups given, of which no alternative is installed.
missing_packages() {
  group=
  while read -r line; do
    case $line in
      '') continue ;;
      '#'*) group=${line#\# } && continue ;;
    esac
    case " $* " in
      *" $group "*) ;;
      *) continue ;;
    esac
    for name in $(echo "$line" | tr '|' ' '); do
      installed "$name" && continue 2
    done
    echo "${line%% *}"
  done <"$list"
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    env DEBIAN_FRONTEND=noninteractive "$@" </dev/null
  else
    sudo env DEBIAN_FRONTEND=noninteractive "$@"
  fi
}

# --no-remove: a machine keeps what it has; a conflict is an error that apt explains.
apt_install() {
  # shellcheck disable=SC2086 # one word per package
  as_root apt-get install --yes --quiet --no-install-recommends --no-remove "$@" $missing
}

packages_only=
preset=
for argument in "$@"; do
  case $argument in
    -h | --help) usage && exit 0 ;;
    --packages-only) packages_only=1 ;;
    -*) fail "unknown option $argument (see --help)" ;;
    *)
      [ -z "$preset" ] || fail "one preset at a time, got $preset and $argument"
      preset=$argument
      ;;
  esac
done
preset=${preset:-demo}
grep -qs "\"name\": \"$preset\"" "$root"/presets/*.json ||
  fail "there is no preset '$preset' in $root/presets"

command -v dpkg-query >/dev/null ||
  fail "this script installs Debian packages; elsewhere, install what $list names and run: cmake --workflow --preset $preset"

# shellcheck disable=SC2046 # one word per group
missing=$(missing_packages $(groups_of "$preset") | tr '\n' ' ')
if [ -n "$missing" ]; then
  [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null ||
    fail "installing packages needs root or sudo; as root, run: apt-get install $missing"
  echo "bootstrap: installing $missing"
  # Indexes may be absent or old: they are fetched only when apt cannot do without.
  if ! apt_install --simulate >/dev/null 2>&1 || ! apt_install; then
    as_root apt-get update --quiet
    apt_install
  fi
fi
[ -z "$packages_only" ] || exit 0

cd "$root"
exec cmake --workflow --preset "$preset"
