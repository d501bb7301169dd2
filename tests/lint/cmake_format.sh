#!/bin/sh
# cmake_format.sh [--fix]
set -eu
. "$(dirname -- "$0")/environment.sh"
require_tool cmake-format
if [ "${1:-}" = --fix ]; then
  sources CMakeLists.txt '*.cmake' | in_all cmake-format --in-place
else
  sources CMakeLists.txt '*.cmake' | in_all cmake-format --check
fi
