# has_files(<name>...): of one, two and three, the image has these.
function(has_files)
  foreach(name IN ITEMS one two three)
    execute_process(
      COMMAND "${CMAKE_CTEST_COMMAND}" -C Debug -R "^${name}$"
      WORKING_DIRECTORY "${BUILD}"
      RESULT_VARIABLE result
      OUTPUT_VARIABLE output
      ERROR_VARIABLE output)
    if((name IN_LIST ARGN AND NOT result EQUAL 0) OR (NOT name IN_LIST ARGN AND result EQUAL 0))
      fail("the file ${name} is in the wrong place:\n${output}")
    endif()
  endforeach()
endfunction()

function(changed)
  expect_build(CALLS "stage tree" "build app")
  expect_nothing_to_do()
endfunction()

build()
has_files(one)
write_source(tree/below/two 2)
changed()
has_files(one two)
file(RENAME "${SOURCE}/tree/below/two" "${SOURCE}/tree/three")
changed()
has_files(one three)
file(REMOVE "${SOURCE}/tree/below/one")
changed()
has_files(three)
