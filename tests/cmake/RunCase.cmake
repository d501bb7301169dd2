# Runs one case with one generator; see CMakeLists.txt. CASE (path without .cmake), GENERATOR, GANTRY
# (the program), MODULES, WORK.
cmake_minimum_required(VERSION 3.25)
include("${CMAKE_CURRENT_LIST_DIR}/Steps.cmake")

# A build in a test must not hear of the build around it, nor touch the user's cache.
foreach(name IN ITEMS MAKEFLAGS MFLAGS MAKELEVEL DESTDIR VERBOSE NINJA_STATUS SOURCE_DATE_EPOCH)
  unset(ENV{${name}})
endforeach()
set(ENV{GANTRY_CACHE_DIR} "${WORK}/cache")
set(ENV{LC_ALL} C)
# Projects are in no checkout but their own.
set(ENV{GIT_CEILING_DIRECTORIES} "${WORK}")

get_filename_component(name "${CASE}" NAME)
get_filename_component(here "${CASE}" DIRECTORY)
set(SOURCE "${WORK}/source")
set(BUILD "${WORK}/build")
file(REMOVE_RECURSE "${WORK}")
file(COPY "${CMAKE_CURRENT_LIST_DIR}/project/" DESTINATION "${SOURCE}")
file(COPY_FILE "${CASE}.cmake" "${SOURCE}/case.cmake")
make_recorder()

read_expectation(result "${here}/${name}-result.txt" 0)
read_expectation(stdout "${here}/${name}-stdout.txt" "")
read_expectation(stderr "${here}/${name}-stderr.txt" "")
set(options)
if(EXISTS "${here}/${name}-options.txt")
  file(STRINGS "${here}/${name}-options.txt" options)
endif()
configure(${options} RESULT "${result}" STDOUT "${stdout}" STDERR "${stderr}")
if(EXISTS "${here}/${name}-check.cmake")
  include("${here}/${name}-check.cmake")
endif()
file(REMOVE_RECURSE "${WORK}")
