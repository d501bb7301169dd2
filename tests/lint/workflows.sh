#!/bin/sh
# workflows.sh: checks the workflows, by actionlint as well if it is installed.
set -eu
. "$(dirname -- "$0")/environment.sh"
python3 -c 'import yaml' 2>/dev/null || {
  echo 'python3-yaml is not installed (sh tools/bootstrap.sh --packages-only lint)'
  [ "${CI:-}" = true ] && exit 1
  exit 77
}
python3 tests/lint/workflows.py .
if command -v actionlint >/dev/null; then actionlint; fi
