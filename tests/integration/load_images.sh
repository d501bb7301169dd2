# shellcheck shell=bash
# Sourced by tests that load images into an engine. GANTRY is the program.

# make_layers <work> <program>: once, before the images are built.
make_layers() {
  work=$1
  mkdir -p "$work/program" "$work/data" "$work/text"
  cp "$2" "$work/program/probe"
  head -c 4000000 /dev/urandom >"$work/data/random"
}

# build <tag> <text> [<argument>...]: an image of three layers, by this tag in the layout
# $work/layout: the program, 4 MB that no compression makes smaller, and the text.
build() {
  tag=$1
  echo "$2" >"$work/text/text"
  shift 2
  "$GANTRY" image build --layer "$work/program" --layer "$work/data" --layer "$work/text" \
    --entrypoint /probe --to "oci:$work/layout:$tag" --quiet "$@"
}

# load <argument>...: gantry image load, what it says is in $said.
load() {
  said=$("$GANTRY" image load --json --name app "$@")
}

field() {
  jq -r ".$1" <<<"$said"
}

# expect <field> <value>
expect() {
  if [ "$(field "$1")" != "$2" ]; then
    echo "line ${BASH_LINENO[0]}: $1 is not $2: $said"
    exit 1
  fi
}

# expect_bytes <at least> <at most>
expect_bytes() {
  local bytes
  bytes=$(field sentBytes)
  if [ "$bytes" -lt "$1" ] || [ "$bytes" -gt "$2" ]; then
    echo "line ${BASH_LINENO[0]}: $bytes bytes sent, not $1 to $2: $said"
    exit 1
  fi
}
