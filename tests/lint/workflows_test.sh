#!/bin/sh
# The check of the workflows finds what is wrong with one.
set -eu
. "$(dirname -- "$0")/environment.sh"
python3 -c 'import yaml' 2>/dev/null || exit 77
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/.github"
cp -R .ci docs presets tools "$scratch"
cp -R .github/scripts "$scratch/.github"

# refuses <message> <workflow> <sed expression>
refuses() {
  rm -rf "$scratch/.github/workflows"
  cp -R .github/workflows "$scratch/.github"
  sed -i "$3" "$scratch/.github/workflows/$2"
  if cmp -s ".github/workflows/$2" "$scratch/.github/workflows/$2"; then
    echo "nothing was changed by: $3"
    exit 1
  fi
  output=$(python3 tests/lint/workflows.py "$scratch") && {
    echo "accepted: $3"
    exit 1
  }
  case $output in
    *"$1"*) ;;
    *)
      echo "want: $1"
      echo "have: $output"
      exit 1
      ;;
  esac
}

refuses "'.github/scripts/binary.sh' is no script" publish.yml 's/binaries.sh linux-amd64/binary.sh linux-amd64/'
refuses "'curl' is no script" ci.yml 's|run: .ci/run|run: curl example.org|'
refuses 'more than one script' ci.yml 's|run: .ci/run|run: .ci/run; true|'
# shellcheck disable=SC2016 # it is the workflow's expression
refuses "'github.ref' in a command: pass it by env" ci.yml 's|run: .ci/run|run: .ci/run ${{ github.ref }}|'
refuses "there is no preset 'fast'" ci.yml 's/\[lint, tsan/[fast, tsan/'
refuses "needs the job 'binary'" publish.yml 's/needs: binaries/needs: binary/'
refuses "'needs.publish.outputs.digest' is no output" publish.yml 's/needs.publish.outputs.reference/needs.publish.outputs.digest/'
refuses "'matrix.os' is nothing" ci.yml 's/{{ matrix.preset }}/{{ matrix.os }}/'
refuses 'it has no time limit' ci.yml '/timeout-minutes: 90/d'
refuses 'no permissions of its own' ci.yml '/^permissions:/,/contents: read/d'
refuses "the key 'step' is not known" ci.yml 's/^    steps:/    step:/'
refuses "'actions/checkout@main' is no action of a fixed version" ci.yml 's/checkout@v4/checkout@main/'
refuses 'twice: ' ci.yml 's/^    runs-on: .*/&\n&/'
