build()
run("${CMAKE_CTEST_COMMAND}" -C Debug -R app.content DIRECTORY "${BUILD}" STDOUT
    "100% tests passed")
run("${CMAKE_CTEST_COMMAND}"
    -C
    Debug
    -R
    wrong
    DIRECTORY
    "${BUILD}"
    RESULT
    8
    STDERR
    "Errors while running CTest"
    STDOUT
    "2 tests failed out of 2")
run("${CMAKE_CTEST_COMMAND}"
    -C
    Debug
    -L
    mine
    --print-labels
    DIRECTORY
    "${BUILD}"
    STDOUT
    "image mine smoke")
