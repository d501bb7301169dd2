#!/bin/sh
# gantry-fio.sh <option>... -- <fio argument>...: stands in for gantry-fio, whose command line it takes
# and whose files it makes, where what matters is when CMake runs it, and how.
set -eu
html=
depfile=
inputs=

# note <file>: what the files are made of, as a depfile has it.
note() {
  inputs="$inputs $(printf '%s' "$1" | sed 's/ /\\ /g')"
}

note "$0"
while [ $# -gt 0 ]; do
  case $1 in
    --html)
      html=$2
      shift
      ;;
    --depfile)
      depfile=$2
      shift
      ;;
    --markdown=* | --json=* | --device-report=* | --series=*) echo made >"${1#*=}" ;;
    --device=*/* | --state=*/* | *.fio) note "${1#*=}" ;;
    --expect=trim*)
      echo "gantry-fio: error: expected trim.iops>1G, measured 2" >&2
      exit 1
      ;;
  esac
  shift
done
echo made >"$html"
[ -z "$depfile" ] || printf '%s:%s\n' "$(printf '%s' "$html" | sed 's/ /\\ /g')" "$inputs" >"$depfile"
echo "ran fio: $html"
