#!/bin/bash
# reference_test.sh <gantry>: completions and the manual page name every command and option that
# --help names, and the shells that are installed accept them.
set -euo pipefail
gantry=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
for form in bash zsh fish man markdown; do
  "$gantry" reference "$form" --output "$scratch/$form"
done

fail() {
  echo "$1"
  exit 1
}

# commands_below <word>...: the names that --help lists under its heading of subcommands.
commands_below() {
  "$gantry" "$@" --help | awk '/^Subcommands:/ { on = 1; next } /^[^ ]/ { on = 0 } on && NF { print $1 }'
}

# shellcheck disable=SC1091 # made above
source "$scratch/bash"

# completed <word>...: what bash offers for the last word.
completed() {
  COMP_WORDS=(gantry "$@")
  COMP_CWORD=$#
  COMPREPLY=()
  _gantry
  echo "${COMPREPLY[*]}"
}

# check <word>...: this command's subcommands and options are everywhere, and so for those below.
checked=0
check() {
  local name option
  [[ $(completed "$@" '') == *"$(commands_below "$@" | paste -sd' ')"* ]] ||
    fail "bash completes 'gantry $*' to '$(completed "$@" '')'"
  for option in $("$gantry" "$@" --help | grep -oE '^  (-[A-Za-z],)?--[a-z-]+' | grep -oE -- '--[a-z-]+'); do
    [[ " $(completed "$@" "$option") " == *" $option "* ]] || fail "bash misses gantry $* $option"
    grep -qF -- "${option//-/\\-}" "$scratch/man" || fail "the manual page misses $option of gantry $*"
    grep -qF -- "$option" "$scratch/zsh" || fail "zsh misses $option of gantry $*"
    grep -qE -- "-l ${option#--}( |$)" "$scratch/fish" || fail "fish misses $option of gantry $*"
  done
  for name in $(commands_below "$@"); do
    grep -qF "## gantry ${*:+$* }$name" "$scratch/markdown" || fail "Markdown misses gantry $* $name"
    checked=$((checked + 1))
    check "$@" "$name"
  done
}
check
((checked >= 2)) || fail "--help lists only $checked commands"

[[ $(completed reference ma) == 'man markdown' ]] || fail "values of an argument are not completed"
bash -n "$scratch/bash"
if command -v zsh >/dev/null; then zsh -n "$scratch/zsh"; fi
if command -v fish >/dev/null; then fish --no-execute "$scratch/fish"; fi
if command -v man >/dev/null; then
  warnings=$(man --warnings --local-file "$scratch/man" 2>&1 >/dev/null)
  [[ -z $warnings ]] || fail "the manual page is no good roff: $warnings"
fi
echo "$checked commands checked"
