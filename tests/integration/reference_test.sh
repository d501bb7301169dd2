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

# The other shells take what they are given, and complete by it. What is a program beside gantry's completes itself.
PATH=${gantry%/*}:$PATH
[[ -z $(completed none bui) ]] || fail "bash completes what there is not"
# zsh_completed <word>...: what zsh would describe for the last word.
# shellcheck disable=SC2016 # for zsh
zsh_completed() {
  zsh -fc '_describe() { print -l -- ${(P)2%%:*} }; _files() { print files }
    script=$1; shift; words=(gantry "$@"); CURRENT=$#words; source $script' zsh "$scratch/zsh" "$@" | paste -sd' '
}
fish_completed() {
  fish --no-config -c "source $scratch/fish; complete -C 'gantry $*'" 2>&1 | cut -f1 | paste -sd' '
}
missing=()
for shell in zsh fish; do
  command -v $shell >/dev/null || missing+=("$shell")
done
if ((!${#missing[@]})); then
  [[ $(zsh_completed image '') == 'attach base build '* ]] || fail "zsh completes 'gantry image' to '$(zsh_completed image '')'"
  [[ $(zsh_completed image build -) == *--output* ]] ||
    fail "zsh completes 'gantry image build -' to '$(zsh_completed image build -)'"
  [[ $(fish_completed image in) == 'index inspect' ]] || fail "fish completes 'gantry image in' to '$(fish_completed image in)'"
  [[ $(fish_completed image unpack --devices s) == skip ]] || fail "fish completes a choice to '$(fish_completed image unpack --devices s)'"
  [[ $(fish_completed reference ma) == 'man markdown' ]] || fail "fish completes values to '$(fish_completed reference ma)'"
fi
if [[ -x ${gantry%/*}/gantry-vm ]]; then
  [[ " $(completed '') " == *' vm '* ]] || fail "bash does not offer gantry vm: $(completed '')"
  [[ $(completed vm bui) == build ]] || fail "bash completes 'gantry vm bui' to '$(completed vm bui)'"
  [[ $(completed vm build --out) == --output ]] || fail "bash misses gantry vm build --output"
  if ((!${#missing[@]})); then
    [[ " $(zsh_completed '') " == *' image '*' vm '* ]] || fail "zsh does not offer gantry vm: $(zsh_completed '')"
    [[ $(zsh_completed vm '') == 'probe build run '* ]] || fail "zsh completes 'gantry vm' to '$(zsh_completed vm '')'"
    [[ $(zsh_completed vm build -) == *--output* ]] || fail "zsh misses gantry vm build --output"
    [[ $(fish_completed vm bui) == build ]] || fail "fish completes 'gantry vm bui' to '$(fish_completed vm bui)'"
    [[ $(fish_completed vm build --out) == --output ]] || fail "fish misses gantry vm build --output"
  fi
fi
if command -v man >/dev/null; then
  warnings=$(man --warnings --local-file "$scratch/man" 2>&1 >/dev/null)
  [[ -z $warnings ]] || fail "the manual page is no good roff: $warnings"
fi
echo "$checked commands checked"
if ((${#missing[@]})); then
  echo "SKIPPED: without ${missing[*]}, whose completions are not tried; install them"
  exit 77
fi
