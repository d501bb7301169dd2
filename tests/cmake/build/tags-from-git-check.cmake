function(git)
  run(git -C "${SOURCE}" -c user.name=A -c user.email=a@b ${ARGN})
endfunction()

# expect_tags(<tag>...): the layout's, and no others.
function(expect_tags)
  file(READ "${BUILD}/gantry/published/app/index.json" index)
  string(REGEX MATCHALL "ref.name\":\"[^\"]*" found "${index}")
  list(TRANSFORM found REPLACE ".*\"" "")
  list(SORT found)
  set(expected ${ARGN})
  list(SORT expected)
  if(NOT found STREQUAL expected)
    fail("tags: ${found}\nexpected: ${expected}")
  endif()
endfunction()

# expect_version(<version>): the image's label.
function(expect_version version)
  output_path(image app.image)
  run("${GANTRY}" image inspect --json "${image}")
  string(FIND "${output}" "\"org.opencontainers.image.version\":\"${version}\"" position)
  if(position EQUAL -1)
    fail("the version is not ${version}: ${output}")
  endif()
endfunction()

run(git init -q -b main "${SOURCE}")
git(add -A)
git(commit -q -m one)
git(tag v1.2.3)
run(git -C "${SOURCE}" rev-parse --short=7 HEAD)
string(STRIP "${output}" first)
build(publish_image)
expect_tags(extra 1.2.3 1.2 1 latest edge on-main sha-${first})
expect_version(1.2.3)
expect_nothing_to_do()

# No configuration is needed for a new commit, and none of a maintenance branch moves tags back.
write_source(hello.txt "two\n")
git(commit -q -a -m two)
git(tag v1.3.0)
run(git -C "${SOURCE}" rev-parse --short=7 HEAD)
string(STRIP "${output}" second)
build(publish_image)
expect_tags(
  extra
  1.2.3
  1.2
  1.3.0
  1.3
  1
  latest
  edge
  on-main
  sha-${first}
  sha-${second})
expect_version(1.3.0)
read_digest(newest app)

git(checkout -q -b maintenance v1.2.3)
write_source(hello.txt "three\n")
git(commit -q -a -m three)
git(tag v1.2.4)
run("${CMAKE_COMMAND}" --build "${BUILD}" --target publish_image STDERR
    "tag 1 stays: there is a release above 1.2.4 tag latest stays: there is a release above 1.2.4")
expect_version(1.2.4)
read_digest(maintained app)
foreach(pair IN ITEMS "latest;${newest}" "1.2;${maintained}")
  list(GET pair 0 tag)
  list(GET pair 1 digest)
  string(STRIP "${digest}" digest)
  run("${GANTRY}" image inspect --json "oci:${BUILD}/gantry/published/app:${tag}")
  string(FIND "${output}" "${digest}" position)
  if(position EQUAL -1)
    fail("${tag} is not ${digest}: ${output}")
  endif()
endforeach()
