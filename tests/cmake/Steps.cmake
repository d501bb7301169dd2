# The words in which a -check.cmake file tells its story. They use SOURCE, BUILD, GENERATOR, GANTRY,
# MODULES and WORK of RunCase.cmake.

# fail(<text>): ends the test; the work directory stays to be looked at.
function(fail text)
  message("${text}")
  message(FATAL_ERROR "The case failed, see ${WORK}")
endfunction()

function(read_expectation out file default)
  set(text "${default}")
  if(EXISTS "${file}")
    file(READ "${file}" text)
    string(STRIP "${text}" text)
  endif()
  set(${out} "${text}" PARENT_SCOPE)
endfunction()

# Makes the programs that the projects get: they write down how they are called, then run the real
# ones. There is a gantry-ssd, and a gantry-vm, if there is one beside the real gantry. Behind gantry-fio there is none:
# it is fio that takes its time, and what it does is tested elsewhere.
function(make_recorder)
  get_filename_component(directory "${GANTRY}" DIRECTORY)
  make_recorder_of(gantry "${GANTRY}" "")
  if(EXISTS "${directory}/gantry-ssd")
    make_recorder_of(gantry-ssd "${directory}/gantry-ssd" "ssd|")
  endif()
  if(EXISTS "${directory}/gantry-vm")
    make_recorder_of(gantry-vm "${directory}/gantry-vm" "vm|")
  endif()
  make_recorder_of(gantry-fio "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/demo/gantry-fio.sh" "fio|")
endfunction()

function(make_recorder_of name program prefix)
  file(
    CONFIGURE
    OUTPUT
    "${WORK}/bin/${name}"
    @ONLY
    CONTENT
    [=[#!/bin/sh
line='@prefix@'
for argument; do line="$line$argument|"; done
printf '%s\n' "$line" >> "@WORK@/calls"
exec "@program@" "$@"
]=])
  file(CHMOD "${WORK}/bin/${name}" PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
endfunction()

# expect_text(<what> <actual> <expected>): expected must be in actual, all white space being alike;
# an empty one means that actual must be empty.
function(expect_text what actual expected)
  string(REGEX REPLACE "[ \t\r\n]+" " " flat "${actual}")
  string(REGEX REPLACE "[ \t\r\n]+" " " wanted "${expected}")
  string(FIND "${flat}" "${wanted}" position)
  if((wanted STREQUAL "" AND NOT flat MATCHES "^ ?$") OR position EQUAL -1)
    fail("${what} is not as expected\nexpected: ${expected}\nactual: ${actual}")
  endif()
endfunction()

# run(<command>... [RESULT <code>] [STDERR <text>] [DIRECTORY <dir>]): sets `output`.
function(run)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "RESULT;STDERR;STDOUT;DIRECTORY" "")
  if(NOT DEFINED arg_RESULT)
    set(arg_RESULT 0)
  endif()
  if(NOT DEFINED arg_DIRECTORY)
    set(arg_DIRECTORY "${WORK}")
  endif()
  execute_process(
    COMMAND ${arg_UNPARSED_ARGUMENTS}
    WORKING_DIRECTORY "${arg_DIRECTORY}"
    RESULT_VARIABLE result
    OUTPUT_VARIABLE output
    ERROR_VARIABLE error)
  list(JOIN arg_UNPARSED_ARGUMENTS " " command)
  if(NOT result EQUAL arg_RESULT)
    fail(
      "${command}\nexit code ${result}, expected ${arg_RESULT}\nstdout: ${output}\nstderr: ${error}"
    )
  endif()
  expect_text("standard error of ${command}" "${error}" "${arg_STDERR}")
  if(NOT "${arg_STDOUT}" STREQUAL "")
    expect_text("standard output of ${command}" "${output}" "${arg_STDOUT}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

# configure([<option>...] [BUILD <dir>] [GENERATOR <generator>] [RESULT …] [STDOUT …] [STDERR …])
function(configure)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "BUILD;GENERATOR;RESULT;STDOUT;STDERR" "")
  foreach(name IN ITEMS BUILD GENERATOR)
    if(NOT DEFINED arg_${name})
      set(arg_${name} "${${name}}")
    endif()
  endforeach()
  run("${CMAKE_COMMAND}"
      -G
      "${arg_GENERATOR}"
      -S
      "${SOURCE}"
      -B
      "${arg_BUILD}"
      -Werror=dev
      "-DCMAKE_MODULE_PATH=${MODULES}"
      "-DTOOL=${WORK}/bin/gantry"
      ${arg_UNPARSED_ARGUMENTS}
      RESULT
      "${arg_RESULT}"
      STDOUT
      "${arg_STDOUT}"
      STDERR
      "${arg_STDERR}")
  set(output "${output}" PARENT_SCOPE)
endfunction()

# build([<target>...] [BUILD <dir>] [CONFIG <config>] [FAILS <text>]): sets `output`, and `calls` to
# what gantry was called for, sorted: "stage <component>", "build <image>", "publish <image>", "state
# <target>", "sweep <target>", "shard 1/2 of <target>", "report <target>", "demo <target>", "run
# <target>" of a demo. With FAILS the build must fail and say this text.
function(build)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "BUILD;CONFIG;FAILS" "")
  if(NOT DEFINED arg_BUILD)
    set(arg_BUILD "${BUILD}")
  endif()
  set(command "${CMAKE_COMMAND}" --build "${arg_BUILD}" --parallel 2)
  if(arg_UNPARSED_ARGUMENTS)
    list(APPEND command --target ${arg_UNPARSED_ARGUMENTS})
  endif()
  if(DEFINED arg_CONFIG)
    list(APPEND command --config "${arg_CONFIG}")
  endif()
  file(REMOVE "${WORK}/calls")
  execute_process(
    COMMAND ${command}
    RESULT_VARIABLE result
    OUTPUT_VARIABLE output
    ERROR_VARIABLE error)
  if(DEFINED arg_FAILS)
    if(result EQUAL 0)
      fail("the build succeeded:\n${output}\n${error}")
    endif()
    string(APPEND output "${error}")
    expect_text("output of the build" "${output}" "${arg_FAILS}")
  elseif(NOT result EQUAL 0 OR NOT error STREQUAL "")
    fail("the build failed or was not quiet: ${result}\n${output}\n${error}")
  endif()
  read_calls(calls)
  set(calls "${calls}" PARENT_SCOPE)
  set(output "${output}" PARENT_SCOPE)
endfunction()

function(read_calls out)
  set(calls)
  set(lines)
  if(EXISTS "${WORK}/calls")
    file(STRINGS "${WORK}/calls" lines)
  endif()
  foreach(line IN LISTS lines)
    if(line MATCHES "^image[|]stage[|].*[|]--component[|]([^|]*)")
      list(APPEND calls "stage ${CMAKE_MATCH_1}")
    elseif(line MATCHES "^image[|]build[|]--spec[|][^|]*/([^/|]*)[.]spec[|]")
      list(APPEND calls "build ${CMAKE_MATCH_1}")
    elseif(line MATCHES "^ssd[|]precondition[|].*/([^/|]*)[.]spec[|]")
      list(APPEND calls "state ${CMAKE_MATCH_1}")
    elseif(line MATCHES "^ssd[|]sweep[|].*/([^/|]*)[.]spec[|].*[|]--shard[|]([^|]*)[|]")
      list(APPEND calls "shard ${CMAKE_MATCH_2} of ${CMAKE_MATCH_1}")
    elseif(line MATCHES "^ssd[|]sweep[|].*/([^/|]*)[.]spec[|]")
      list(APPEND calls "sweep ${CMAKE_MATCH_1}")
    elseif(line MATCHES "^fio[|].*--html[|][^|]*/([^/|]*)[.]run[.]html[|]")
      list(APPEND calls "run ${CMAKE_MATCH_1}")
    elseif(line MATCHES "^fio[|].*--html[|][^|]*/([^/|]*)[.]html[|]")
      list(APPEND calls "demo ${CMAKE_MATCH_1}")
    elseif(line MATCHES "^report[|]sweep[|].*[|]--html[|][^|]*/([^/|]*)[.]html[|]")
      list(APPEND calls "report ${CMAKE_MATCH_1}")
    elseif(line MATCHES "^image[|]publish[|][^|]*/([^/|]*)[.]image[|]")
      list(APPEND calls "publish ${CMAKE_MATCH_1}")
    else()
      list(APPEND calls "${line}")
    endif()
  endforeach()
  list(SORT calls)
  set(${out} "${calls}" PARENT_SCOPE)
endfunction()

# expect_build([<argument of build>...] CALLS <call>...): builds, and that is all that gantry did.
function(expect_build)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "" "CALLS")
  build(${arg_UNPARSED_ARGUMENTS})
  list(SORT arg_CALLS)
  if(NOT "${calls}" STREQUAL "${arg_CALLS}")
    fail("gantry was called for: ${calls}\nexpected: ${arg_CALLS}\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

# expect_nothing_to_do([<argument of build>...])
function(expect_nothing_to_do)
  expect_build(${ARGN} CALLS)
  if(GENERATOR MATCHES "Ninja" AND NOT output MATCHES "ninja: no work to do[.]")
    fail("ninja had work to do:\n${output}")
  endif()
endfunction()

# expect_line(<file> <line>...): each line is in the file.
function(expect_line file)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "")
  file(READ "${file}" text)
  foreach(line IN LISTS arg_UNPARSED_ARGUMENTS)
    string(FIND "\n${text}\n" "\n${line}\n" position)
    if(position EQUAL -1)
      fail("${file} has no line '${line}':\n${text}")
    endif()
  endforeach()
endfunction()

# output_path(<out> <name> [<directory>]): the path of a file that a target makes, in the (first)
# configuration.
function(output_path out name)
  set(directory "${BUILD}/gantry/images")
  if(ARGC GREATER 2)
    set(directory "${BUILD}/gantry/${ARGV2}")
  endif()
  if(GENERATOR MATCHES "Multi")
    string(APPEND directory "/Debug")
  endif()
  set(${out} "${directory}/${name}" PARENT_SCOPE)
endfunction()

# read_digest(<out> <image> [<build dir>])
function(read_digest out image)
  if(ARGC GREATER 2)
    set(BUILD "${ARGV2}")
  endif()
  output_path(file "${image}.digest")
  file(READ "${file}" digest)
  if(NOT digest MATCHES "^sha256:[0-9a-f]+\n$")
    fail("${file} holds no digest: ${digest}")
  endif()
  set(${out} "${digest}" PARENT_SCOPE)
endfunction()

# write_source(<name> <text>): a file of the project.
function(write_source name text)
  file(WRITE "${SOURCE}/${name}" "${text}")
endfunction()

# write_drive([<members>]): drive.json, the description of a drive that is simulated in no time.
function(write_drive)
  set(geometry "\"channels\": 2, \"chips_per_channel\": 1, \"blocks_per_plane\": 64")
  string(APPEND geometry ", \"pages_per_block\": 64, \"page_size\": \"4KiB\"")
  set(members "\"name\": \"small\", \"over_provisioning\": \"20%\"")
  write_source(drive.json "{${ARGN} ${members}, \"geometry\": {${geometry}}}\n")
endfunction()
