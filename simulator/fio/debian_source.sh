#!/bin/sh
# debian_source.sh PACKAGE=VERSION DIRECTORY: the source of a Debian package, as its *.orig.tar.* in
# DIRECTORY, from where this machine gets its packages. The machine's own lists are not touched, and
# no rights are needed.
set -eu

package=$1
directory=$2
apt=$directory/apt

command -v apt-get >/dev/null || {
  echo 'there is no apt-get' >&2
  exit 1
}
rm -rf "$apt"
mkdir -p "$apt/parts" "$apt/lists/partial" "$apt/cache/archives/partial"
for list in /etc/apt/sources.list /etc/apt/sources.list.d/*; do
  [ -r "$list" ] || continue
  case $list in
    *.list) sed -n 's/^deb\(-src\)\{0,1\}[[:space:]]/deb-src /p' "$list" ;;
    *.sources) sed 's/^Types:.*/Types: deb-src/' "$list" ;;
  esac >"$apt/parts/${list##*/}"
done

options="-q -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts=$apt/parts
  -o Dir::State::lists=$apt/lists -o Dir::Cache=$apt/cache -o APT::Sandbox::User=$(id -un)
  -o Acquire::Languages=none -o Acquire::Retries=2 -o Acquire::http::Timeout=20"
cd "$directory"
# What a list that is out of reach had to offer may not be needed.
# shellcheck disable=SC2086 # options are words
apt-get $options update || true
# shellcheck disable=SC2086
apt-get $options source --download-only --tar-only "$package"
rm -rf "$apt"
