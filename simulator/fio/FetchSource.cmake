# cmake -D VERSION=... -D SHA256=... -D DESTINATION=FILE -D SOURCE=DIRECTORY [-D TARBALL=FILE]
#       -D DEBIAN_VERSION=... -D URL=... -P FetchSource.cmake
#
# Puts fio's release tarball where it is to be, from the first of these that has it: the file that
# was given, Debian's source package, upstream. Whatever comes must have the one SHA-256. Then
# unpacks it.

function(unpack)
  cmake_path(GET SOURCE PARENT_PATH parent)
  file(REMOVE_RECURSE "${SOURCE}")
  file(ARCHIVE_EXTRACT INPUT "${DESTINATION}" DESTINATION "${parent}")
endfunction()

function(try_file file whence)
  if(NOT EXISTS "${file}")
    set(problem "there is no ${file}" PARENT_SCOPE)
    return()
  endif()
  file(SHA256 "${file}" found)
  if(NOT found STREQUAL SHA256)
    file(REMOVE "${DESTINATION}.part")
    message(
      FATAL_ERROR
        "${file} (${whence}) is not fio ${VERSION}: its SHA-256 is\n  ${found}\nand should be\n"
        "  ${SHA256}\nGive the release tarball of fio ${VERSION} by -DGANTRY_FIO_TARBALL=FILE.")
  endif()
  if(NOT file STREQUAL "${DESTINATION}.part")
    file(COPY_FILE "${file}" "${DESTINATION}.part")
  endif()
  file(RENAME "${DESTINATION}.part" "${DESTINATION}")
  message(STATUS "fio ${VERSION}: ${whence}")
  unpack()
  set(problem "" PARENT_SCOPE)
endfunction()

if(EXISTS "${DESTINATION}")
  file(SHA256 "${DESTINATION}" found)
  if(found STREQUAL SHA256)
    unpack()
    return()
  endif()
endif()
cmake_path(GET DESTINATION PARENT_PATH directory)
file(MAKE_DIRECTORY "${directory}")

if(TARBALL)
  try_file("${TARBALL}" "given by GANTRY_FIO_TARBALL")
  if(problem)
    message(FATAL_ERROR "GANTRY_FIO_TARBALL: ${problem}")
  endif()
  return()
endif()

# Debian's file is upstream's.
set(debian "${directory}/debian")
file(MAKE_DIRECTORY "${debian}")
execute_process(
  COMMAND sh "${CMAKE_CURRENT_LIST_DIR}/debian_source.sh" "fio=${DEBIAN_VERSION}" "${debian}"
  OUTPUT_VARIABLE log
  ERROR_VARIABLE log
  RESULT_VARIABLE result)
try_file("${debian}/fio_${VERSION}.orig.tar.gz" "Debian's source package")
if(NOT problem)
  file(REMOVE_RECURSE "${debian}")
  return()
endif()
string(STRIP "${log}" log)
string(REGEX REPLACE "^.*\n" "" debian_problem "${log}")

file(
  DOWNLOAD "${URL}" "${DESTINATION}.part"
  STATUS status
  INACTIVITY_TIMEOUT 20
  TIMEOUT 300)
list(GET status 0 code)
list(GET status 1 url_problem)
if(code EQUAL 0)
  try_file("${DESTINATION}.part" "${URL}")
  return()
endif()
file(REMOVE "${DESTINATION}.part")
message(
  FATAL_ERROR
    "The source of fio ${VERSION} cannot be had:\n  Debian's source package: ${debian_problem}\n"
    "  ${URL}: ${url_problem}\n" "Give the release tarball by -DGANTRY_FIO_TARBALL=FILE.")
