# cmake -DGANTRY=<program> -DMODULES=<dir> -DWORK=<dir> [-DIMAGES=1000] [-DRUNS=5] -P configure.cmake
# What many images cost: configuring them, and a build that has nothing to do, with Ninja, against an
# empty project in the same run. The bars: configure 1.5 s, build 0.1 s for 1,000 images. Times are
# medians of the runs.
# It fails only if a build does: another machine's times prove nothing.
cmake_minimum_required(VERSION 3.25)

foreach(pair IN ITEMS IMAGES=1000 RUNS=5 CONFIGURE_BAR=1500 BUILD_BAR=100)
  string(REGEX MATCH "^(.*)=(.*)$" matched "${pair}")
  if(NOT DEFINED ${CMAKE_MATCH_1})
    set(${CMAKE_MATCH_1} ${CMAKE_MATCH_2})
  endif()
endforeach()
unset(ENV{NINJA_STATUS})
set(ENV{GANTRY_CACHE_DIR} "${WORK}/cache")

# median_of(<out milliseconds> <fresh build dir or ""> <command>...)
function(median_of out fresh)
  set(times "")
  foreach(i RANGE 1 ${RUNS})
    if(fresh)
      file(REMOVE_RECURSE "${fresh}")
    endif()
    string(TIMESTAMP begin "%s%f")
    execute_process(
      COMMAND ${ARGN}
      RESULT_VARIABLE result
      OUTPUT_VARIABLE text
      ERROR_VARIABLE text)
    string(TIMESTAMP end "%s%f")
    if(NOT result EQUAL 0)
      message(FATAL_ERROR "${text}")
    endif()
    math(EXPR time "(${end} - ${begin}) / 1000")
    list(APPEND times ${time})
  endforeach()
  list(SORT times COMPARE NATURAL)
  math(EXPR lower "(${RUNS} - 1) / 2")
  math(EXPR upper "${RUNS} / 2")
  list(GET times ${lower} ${upper} middle)
  list(GET middle 0 low)
  list(GET middle 1 high)
  math(EXPR median "(${low} + ${high}) / 2")
  set(${out} ${median} PARENT_SCOPE)
  set(text "${text}" PARENT_SCOPE)
endfunction()

function(ratio out a b)
  if(b EQUAL 0)
    set(b 1)
  endif()
  math(EXPR tenths "${a} * 10 / ${b}")
  math(EXPR whole "${tenths} / 10")
  math(EXPR rest "${tenths} % 10")
  set(${out} "${whole}.${rest}" PARENT_SCOPE)
endfunction()

# measure(<name>): configures and builds the project, sets <name>_{fresh,again,build}.
function(measure name)
  set(build "${WORK}/${name}/build")
  set(configure "${CMAKE_COMMAND}" -G Ninja -S "${WORK}/${name}" -B "${build}")
  median_of(fresh "${build}" ${configure})
  median_of(again "" ${configure})
  execute_process(COMMAND "${CMAKE_COMMAND}" --build "${build}" RESULT_VARIABLE result OUTPUT_QUIET)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "the build of ${name} failed")
  endif()
  median_of(build "" ninja -C "${build}")
  if(NOT text MATCHES "ninja: no work to do[.]")
    message(FATAL_ERROR "the second build had work to do:\n${text}")
  endif()
  foreach(what IN ITEMS fresh again build)
    set(${name}_${what} ${${what}} PARENT_SCOPE)
  endforeach()
endfunction()

set(head "cmake_minimum_required(VERSION 3.25)\nproject(Bench VERSION 1.0 LANGUAGES NONE)\n")
file(WRITE "${WORK}/empty/CMakeLists.txt" "${head}")
file(WRITE "${WORK}/images/hello.txt" "hello\n")
file(
  WRITE "${WORK}/images/CMakeLists.txt"
  "${head}
set(GANTRY_EXECUTABLE \"${GANTRY}\")
include(\"${MODULES}/Gantry.cmake\")
install(FILES hello.txt DESTINATION share COMPONENT hello)
foreach(i RANGE 1 ${IMAGES})
  gantry_add_image(app\${i}
    INSTALL_COMPONENTS hello
    ENTRYPOINT /usr/bin/app --number \${i}
    ENV A=1 B=2
    LABELS number=\${i})
endforeach()
")
measure(empty)
measure(images)

message("${IMAGES} images, Ninja, median of ${RUNS} runs (milliseconds)")
message("                       images   empty   ratio")
foreach(line IN ITEMS "fresh:configure, fresh :CONFIGURE_BAR"
                      "again:configure, again :CONFIGURE_BAR" "build:build, no-op     :BUILD_BAR")
  string(REGEX MATCH "^(.*):(.*):(.*)$" matched "${line}")
  set(bar ${${CMAKE_MATCH_3}})
  set(title "${CMAKE_MATCH_2}")
  set(a ${images_${CMAKE_MATCH_1}})
  set(b ${empty_${CMAKE_MATCH_1}})
  ratio(r ${a} ${b})
  set(verdict met)
  if(a GREATER bar)
    set(verdict missed)
  endif()
  message("${title}       ${a}      ${b}    ${r}   ${verdict}, bar ${bar}")
endforeach()
file(REMOVE_RECURSE "${WORK}")
