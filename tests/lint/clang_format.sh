#!/bin/sh
# clang_format.sh [--fix]
set -eu
. "$(dirname -- "$0")/environment.sh"
require_tool clang-format-14
if [ "${1:-}" = --fix ]; then
  sources '*.cpp' '*.hpp' '*.c' '*.h' | in_all clang-format-14 -i
else
  sources '*.cpp' '*.hpp' '*.c' '*.h' | in_all clang-format-14 --dry-run -Werror
fi
