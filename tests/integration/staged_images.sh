#!/bin/bash
# Sourced by tests that build images: a project with components of a given size, staged.
#   make_project <directory> <bytes of the component 'data'>
# writes <directory>/app.spec. GANTRY is the program.

make_project() {
  directory=$1
  mkdir -p "$directory/source"
  head -c "$2" /dev/urandom >"$directory/source/data"
  echo program >"$directory/source/program"
  cat >"$directory/source/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.25)
project(staged NONE)
install(FILES data DESTINATION share COMPONENT data)
install(PROGRAMS program DESTINATION bin COMPONENT program)
END
  cmake -S "$directory/source" -B "$directory/build" >/dev/null
  printf 'gantry-image 1\nname app\nentrypoint /usr/bin/program\n' >"$directory/app.spec"
  for component in data program; do
    stage=$directory/build/stage/$component
    "$GANTRY" image stage --build-dir "$directory/build" --component "$component" \
      --tree "$stage/tree" --output "$stage/manifest"
    printf 'layer %s\t%s\n' "$stage/manifest" "$component" >>"$directory/app.spec"
  done
}

# Every blob below the directory has the digest that is its name.
check_blobs() {
  for blob in "$1"/blobs/sha256/*; do
    [ -e "$blob" ] || continue
    if [ "$(sha256sum <"$blob")" != "$(basename "$blob")  -" ]; then
      echo "the blob $blob does not have the digest of its name" >&2
      return 1
    fi
  done
}
