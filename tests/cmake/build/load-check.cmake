# fake_docker(<branches>): a docker that writes down how it is called; the branches are those of a
# case statement on its first argument.
function(fake_docker branches)
  file(
    CONFIGURE
    OUTPUT
    "${WORK}/engine/docker"
    @ONLY
    CONTENT
    [=[#!/bin/sh
printf '%s\n' "$*" >> "@WORK@/docker-calls"
case $1 in
@branches@
esac
]=])
  file(CHMOD "${WORK}/engine/docker" PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
endfunction()

# expect_load(<target> <text>): its output has the text, however often it is built.
function(expect_load target text)
  foreach(time IN ITEMS first second)
    file(REMOVE "${WORK}/docker-calls")
    build("load_${target}")
    expect_text("output of the ${time} load_${target}" "${output}" "${text}")
    file(STRINGS "${WORK}/docker-calls" called REGEX "^load --quiet$")
    if(NOT called)
      fail("docker was not called to load")
    endif()
  endforeach()
endfunction()

set(ENV{PATH} "${WORK}/engine:$ENV{PATH}")
fake_docker("image) exit 1 ;;\nload) cat > /dev/null ;;")
expect_load(App "image App: loaded into docker as app:latest app:1.2.3, 1 of 1 layers sent, ")
expect_load(tagged "into docker as localhost:5000/me/tagged:one localhost:5000/me/tagged:two, ")
expect_load(everywhere "loaded into docker as everywhere:latest everywhere:1.2.3, ")
build()
expect_nothing_to_do()

fake_docker("image) exit 1 ;;\nload) echo 'no space left on device' >&2; exit 1 ;;")
build(load_App FAILS "docker load failed with exit code 1: no space left on device")

set(ENV{GANTRY_ENGINE} docker)
fake_docker("version) echo 'Is the docker daemon running?' >&2; exit 1 ;;")
build(load_App FAILS
      "no container engine to load into: docker: no daemon (Is the docker daemon running?)")

set(ENV{GANTRY_ENGINE} lxc)
build(load_App FAILS "lxc not in {auto,docker,podman}")
