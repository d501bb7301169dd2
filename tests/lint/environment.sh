# shellcheck shell=sh
# Read by every lint script: goes to the top of the source tree and says what is there.
cd "$(dirname -- "$0")/../.." || exit 1

# require_tool <name>: without the tool a check is skipped, but never in CI.
require_tool() {
  command -v "$1" >/dev/null && return
  echo "$1 is not installed (sh tools/bootstrap.sh --packages-only lint)"
  [ "${CI:-}" = true ] && exit 1
  exit 77
}

# sources <pattern>...: the project's own files with one of these names, one a line.
sources() {
  for pattern in "$@"; do
    for top in .ci .github cmake docs examples presets simulator tests tools; do
      [ ! -d "$top" ] || find "$top" \( -path '*/corpus/*' -o -path 'tests/*/*/data/*' \) -prune -o -type f -name "$pattern" -print
    done
    find . -maxdepth 1 -type f -name "$pattern" -print
  done | sort
}

# in_all <command>...: runs it with the file names of the standard input appended.
in_all() {
  tr '\n' '\0' | xargs -0 --no-run-if-empty "$@"
}
