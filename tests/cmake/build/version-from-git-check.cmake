function(git)
  run(git -C "${SOURCE}" -c user.name=A -c user.email=a@b ${ARGN})
  set(output "${output}" PARENT_SCOPE)
endfunction()

# expect_output(<text>): of the program, after a build.
function(expect_output text)
  build()
  set(program "${BUILD}/app")
  if(GENERATOR MATCHES "Multi")
    set(program "${BUILD}/Debug/app")
  endif()
  run("${program}" STDOUT "${text}")
endfunction()

# An unpacked archive has the project's version.
expect_output("1.2.3 2 ")
expect_nothing_to_do()

run(git init -q -b main "${SOURCE}")
git(add -A)
git(commit -q -m one)
git(rev-parse --short=7 HEAD)
string(STRIP "${output}" one)
run("${CMAKE_COMMAND}" -E touch "${SOURCE}") # a checkout that appears later than the build
expect_output("0.0.0-dev.1+g${one} 0 ${one}")
expect_nothing_to_do()

git(tag v2.5.0)
expect_output("2.5.0 5 ${one}")
expect_nothing_to_do()
