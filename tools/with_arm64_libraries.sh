#!/bin/sh
# with_arm64_libraries.sh <command>...: runs the command, and only it, where Debian's libraries for
# arm64 lie beside this machine's, in /usr/lib/aarch64-linux-gnu. Needs root, mmdebstrap and a mirror.
# They are not installed: dpkg does not hold libisal for two architectures at once, and the Gantry of
# this machine needs its own.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
directory=$root/build/arm64-libraries

packages=$(awk '/^# / { on = $2 == "build" } on && /^(lib|zlib).*-dev$/ { printf "%s%s", comma, $1; comma = "," }' \
  "$root/tools/packages.txt")
rm -rf "$directory"
mkdir -p "$directory"
mmdebstrap --quiet --variant=extract --architectures=arm64 "--include=$packages" bookworm "$directory"
# What merged /usr has in one place.
cp -a "$directory/lib/aarch64-linux-gnu/." "$directory/usr/lib/aarch64-linux-gnu"

mkdir -p /usr/lib/aarch64-linux-gnu /usr/include/aarch64-linux-gnu
# shellcheck disable=SC2016 # for the inner shell
exec unshare --mount sh -euc '
  for part in usr/lib usr/include; do
    mount --bind "$1/$part/aarch64-linux-gnu" "/$part/aarch64-linux-gnu"
  done
  shift
  exec "$@"' sh "$directory" "$@"
