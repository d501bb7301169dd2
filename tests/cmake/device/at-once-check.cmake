write_drive()
set(OTHER "${WORK}/other")
configure(BUILD "${OTHER}")

# Two build trees at once share a cache in which all is still to be made.
execute_process(
  COMMAND
    sh -c
    [["$0" --build "$1" --parallel 2 >first.log 2>&1 & "$0" --build "$2" --parallel 2 && wait $!]]
    "${CMAKE_COMMAND}" "${BUILD}" "${OTHER}"
  WORKING_DIRECTORY "${WORK}"
  RESULT_VARIABLE result
  OUTPUT_VARIABLE output
  ERROR_VARIABLE error)
if(NOT result EQUAL 0 OR NOT error STREQUAL "")
  file(READ "${WORK}/first.log" first)
  fail("builds at once: ${result}\n${first}\n${output}\n${error}")
endif()
output_path(one one.json sweeps)
output_path(two two.json sweeps)
string(REPLACE "${BUILD}" "${OTHER}" others "${one}")
file(READ "${one}" expected)
string(JSON count LENGTH "${expected}" points)
if(NOT count EQUAL 6)
  fail("there are ${count} points")
endif()
foreach(file IN ITEMS "${two}" "${others}")
  file(READ "${file}" text)
  if(NOT text STREQUAL expected)
    fail("${file} is not ${one}")
  endif()
endforeach()
expect_nothing_to_do()
expect_nothing_to_do(BUILD "${OTHER}")

# What is damaged in both places is noticed and made again, with the same bytes.
output_path(state worn.state devices)
file(SHA256 "${state}" before)
file(GLOB kept "${BUILD}/gantry/points/*" "$ENV{GANTRY_CACHE_DIR}/simulations/*")
foreach(file IN LISTS kept)
  file(WRITE "${file}" "damaged")
endforeach()
file(REMOVE "${state}" "${one}" "${two}")
file(GLOB_RECURSE parts "${BUILD}/gantry/sweeps/*-of-2.json")
file(REMOVE ${parts})
build()
file(SHA256 "${state}" after)
file(READ "${one}" text)
if(NOT before STREQUAL after OR NOT text STREQUAL expected)
  fail("what was made again is something else")
endif()
expect_text("output" "${output}" "device state worn: small, 100.0 % mapped ")
if(output MATCHES "from the cache")
  fail("a damaged state was taken from the cache:\n${output}")
endif()
expect_nothing_to_do()
