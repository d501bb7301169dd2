# cmake -D… -P Demo.cmake: see cmake/dev/Demo.cmake, which says what is passed.
cmake_minimum_required(VERSION 3.25)

find_program(SKOPEO skopeo)
if(NOT SKOPEO)
  message(FATAL_ERROR "The demo checks its images with skopeo, which is not installed.\n"
                      "On Debian: sh tools/bootstrap.sh demo")
endif()

# run(<what> <command>...): quiet unless it fails; then all that the command said is shown.
function(run what)
  execute_process(
    COMMAND ${ARGN}
    RESULT_VARIABLE result
    OUTPUT_VARIABLE output
    ERROR_VARIABLE output)
  if(result)
    message(FATAL_ERROR "${what} failed:\n${output}")
  endif()
endfunction()

# say(<text>): to the standard output, where message(STATUS) would put two dashes first.
function(say text)
  execute_process(COMMAND "${CMAKE_COMMAND}" -E echo "${text}")
endfunction()

# padded(<text> <width> <variable>)
function(padded text width result)
  string(LENGTH "${text}" length)
  math(EXPR missing "${width} - ${length}")
  if(missing GREATER 0)
    string(REPEAT " " ${missing} blanks)
    string(APPEND text "${blanks}")
  endif()
  set(${result} "${text}" PARENT_SCOPE)
endfunction()

# megabytes(<bytes> <variable>): 12345678 becomes "12.3 MB".
function(megabytes bytes result)
  math(EXPR tenths "(${bytes} + 50000) / 100000")
  math(EXPR whole "${tenths} / 10")
  math(EXPR tenth "${tenths} % 10")
  set(${result} "${whole}.${tenth} MB" PARENT_SCOPE)
endfunction()

# can_build(<name> <variable>): false for an example that makes no image, that needs a Debian where
# none can be made, or compilers for several machines, by presets of its own.
function(can_build name result)
  if(EXISTS "${SOURCE_DIR}/examples/${name}/CMakePresets.json")
    set(${result} FALSE PARENT_SCOPE)
    return()
  endif()
  file(READ "${SOURCE_DIR}/examples/${name}/CMakeLists.txt" text)
  if(NOT text MATCHES "gantry_add_image\\(")
    set(${result} FALSE PARENT_SCOPE)
    return()
  endif()
  set(${result} TRUE PARENT_SCOPE)
  if(text MATCHES "gantry_add_rootfs")
    execute_process(COMMAND mmdebstrap --simulate bookworm /dev/null RESULT_VARIABLE failed
                    OUTPUT_QUIET ERROR_QUIET)
    if(failed)
      say("demo: leaving out examples/${name}: mmdebstrap can make no Debian here")
      set(${result} FALSE PARENT_SCOPE)
    endif()
  endif()
endfunction()

# build_example(<name>): configures, builds and tests the example and publishes its images.
function(build_example name)
  set(build "${BINARY_DIR}/examples/${name}")
  say("demo: building examples/${name}")
  run("Configuring examples/${name}"
      "${CMAKE_COMMAND}"
      -S
      "${SOURCE_DIR}/examples/${name}"
      -B
      "${build}"
      -G
      "${GENERATOR}"
      "-DCMAKE_BUILD_TYPE=${CONFIG}"
      "-DCMAKE_PREFIX_PATH=${BINARY_DIR}/installed")
  run("Building examples/${name}" "${CMAKE_COMMAND}" --build "${build}" --target all publish_image)
  run("Testing examples/${name}" "${CMAKE_CTEST_COMMAND}" --test-dir "${build}" --build-config
      "${CONFIG}" --output-on-failure)
endfunction()

# check_image(<layout> <variable>): has skopeo read the image whole, every digest checked, and returns its table row.
function(check_image layout result)
  set(reference "oci:${layout}:latest")
  cmake_path(GET layout FILENAME name)
  set(copy "${BINARY_DIR}/skopeo-copy")
  run("Reading ${reference}" "${SKOPEO}" copy --quiet "${reference}" "dir:${copy}")
  file(REMOVE_RECURSE "${copy}")
  execute_process(COMMAND "${SKOPEO}" inspect "${reference}"
                  OUTPUT_VARIABLE json COMMAND_ERROR_IS_FATAL ANY)
  execute_process(COMMAND "${SKOPEO}" inspect --raw "${reference}"
                  OUTPUT_VARIABLE manifest COMMAND_ERROR_IS_FATAL ANY)
  string(JSON digest GET "${json}" Digest)
  string(JSON layers LENGTH "${manifest}" layers)
  string(JSON size GET "${manifest}" config size)
  set(i 0)
  while(i LESS layers)
    string(JSON layer_size GET "${manifest}" layers ${i} size)
    math(EXPR size "${size} + ${layer_size}")
    math(EXPR i "${i} + 1")
  endwhile()
  string(SUBSTRING "${digest}" 0 19 digest)
  megabytes(${size} size)
  padded("${name}" 16 name)
  padded("${digest}" 21 digest)
  padded("${size}" 10 size)
  padded("${layers}" 8 layers)
  set(${result} "${name}${digest}${size}${layers}${reference}" PARENT_SCOPE)
endfunction()

foreach(component IN ITEMS gantry_tool gantry_modules)
  run("Installing ${component}"
      "${CMAKE_COMMAND}"
      --install
      "${BINARY_DIR}"
      --config
      "${CONFIG}"
      --component
      ${component}
      --prefix
      "${BINARY_DIR}/installed")
endforeach()

file(GLOB projects RELATIVE "${SOURCE_DIR}/examples" "${SOURCE_DIR}/examples/*/CMakeLists.txt")
set(layouts "${BINARY_DIR}/gantry/published/gantry")
foreach(project IN LISTS projects)
  cmake_path(GET project PARENT_PATH name)
  can_build("${name}" possible)
  if(possible)
    build_example("${name}")
    file(GLOB published "${BINARY_DIR}/examples/${name}/gantry/published/*")
    list(APPEND layouts ${published})
  endif()
endforeach()

set(rows "")
foreach(layout IN LISTS layouts)
  check_image("${layout}" row)
  string(APPEND rows "\n${row}")
endforeach()
list(LENGTH layouts count)
say("\n${count} images, each read and checked by skopeo:\n
image           digest               size      layers  reference${rows}\n
Look inside one:  ${GANTRY} image ls ${BINARY_DIR}/gantry/images/gantry.image")
