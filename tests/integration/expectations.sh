# shellcheck shell=bash
# Read by tests that say what must come of a command.

fail() {
  echo "FAILED: $1"
  exit 1
}

# fails <message> <command>...: with an error that has the message.
fails() {
  local message=$1 output
  shift
  ! output=$("$@" 2>&1) || fail "succeeded: $*"
  [[ $output == *"$message"* ]] || fail "$* said '$output', not '$message'"
}
