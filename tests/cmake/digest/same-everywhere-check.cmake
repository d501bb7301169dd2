# same(<what> <build dir> [<command in front of the build>...]): another build, with a cache of its own: the same digests.
function(same what directory)
  set(ENV{GANTRY_CACHE_DIR} "${directory}/cache")
  execute_process(
    COMMAND ${ARGN} "${CMAKE_COMMAND}" --build "${directory}"
    RESULT_VARIABLE result
    OUTPUT_VARIABLE output
    ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    fail("${what}: the build failed\n${output}")
  endif()
  foreach(image IN ITEMS app dense zstd)
    read_digest(digest ${image} "${directory}")
    if(NOT digest STREQUAL "${${image}}")
      fail("${what}: the digest of ${image} is ${digest}, not ${${image}}")
    endif()
  endforeach()
endfunction()

build()
foreach(image IN ITEMS app dense zstd)
  read_digest(${image} ${image})
endforeach()

configure(BUILD "${WORK}/other/place")
same("another directory" "${WORK}/other/place")

configure(BUILD "${WORK}/umask")
same("another umask" "${WORK}/umask" sh -c "umask 077 && exec \"$@\"" sh)

foreach(variable IN ITEMS LC_ALL=tr_TR.UTF-8 TZ=Asia/Kathmandu HOME=/nonexistent)
  configure(BUILD "${WORK}/${variable}")
  same("${variable}" "${WORK}/${variable}" "${CMAKE_COMMAND}" -E env "${variable}")
endforeach()

find_program(TASKSET taskset REQUIRED)
configure(BUILD "${WORK}/one thread")
same("one processor" "${WORK}/one thread" "${TASKSET}" --cpu-list 0)

# Later: files that were made at another time.
file(TOUCH "${SOURCE}/hello.txt" "${SOURCE}/tree/1/file")
configure(BUILD "${WORK}/later")
same("another time" "${WORK}/later")

if(NOT GENERATOR STREQUAL "Ninja Multi-Config")
  set(others "Unix Makefiles" Ninja)
  list(REMOVE_ITEM others "${GENERATOR}")
  configure(BUILD "${WORK}/generator" GENERATOR "${others}")
  same("${others}" "${WORK}/generator")
endif()

# Another file system: memory, if the machine has one.
if(IS_DIRECTORY /dev/shm)
  execute_process(COMMAND mktemp -d /dev/shm/gantry-XXXXXX OUTPUT_VARIABLE memory
                  OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  configure(BUILD "${memory}/build")
  same("a file system in memory" "${memory}/build")
  file(REMOVE_RECURSE "${memory}")
endif()
