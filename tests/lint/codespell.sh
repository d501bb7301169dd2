#!/bin/sh
set -eu
. "$(dirname -- "$0")/environment.sh"
require_tool codespell
sources '*.cpp' '*.hpp' '*.cmake' CMakeLists.txt '*.md' '*.sh' '*.json' '*.txt' '*.yml' '*.in' run Dockerfile |
  in_all codespell --ignore-words tests/lint/codespell_words.txt
