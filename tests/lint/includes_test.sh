#!/bin/sh
# The include check must find what it is there to find.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT

# expect <text> <file> <line>: a tree whose only file holds the line is refused with this text.
expect() {
  rm -rf "$tree/tools"
  mkdir -p "$tree/$(dirname "$2")"
  echo "$3" >"$tree/$2"
  if output=$(sh "$here/includes.sh" "$tree"); then
    echo "accepted in $2: $3"
    exit 1
  fi
  case $output in
    *"$1"*) ;;
    *) echo "wrong message for $3: $output" && exit 1 ;;
  esac
}

expect 'tools/base may not include oci/' tools/base/text.hpp '#include "oci/image.hpp"'
expect 'tools/oci may not include cli/' tools/oci/image.cpp '#include "cli/exit_code.hpp"'
expect 'tools/oci may not include ssd/' tools/oci/image.cpp '#include "ssd/model.hpp"'
expect 'does not name its folder' tools/oci/image.cpp '#include "image.hpp"'
expect 'has no line in' tools/misc/thing.cpp '#include <vector>'

rm -rf "$tree/tools"
mkdir -p "$tree/tools/oci"
echo '#include "base/text.hpp"' >"$tree/tools/oci/image.cpp"
sh "$here/includes.sh" "$tree"
