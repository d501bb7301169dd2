build(
  FAILS
  "image app (linux/amd64): ${SOURCE}/dist/linux-amd64/app: there is no prebuilt file for linux/amd64"
)

foreach(architecture IN ITEMS amd64 arm64)
  write_source("dist/linux-${architecture}/app" "#!/bin/sh\necho ${architecture}\n")
endforeach()
expect_build(CALLS "build app")
if(NOT output MATCHES "image app: 2 layers, 2 rebuilt")
  fail("not one layer for each platform:\n${output}")
endif()
expect_nothing_to_do()

# Only the platform whose file has changed.
write_source(dist/linux-arm64/app "#!/bin/sh\necho another\n")
expect_build(CALLS "build app")
if(NOT output MATCHES "image app: 2 layers, 1 rebuilt")
  fail("not one layer was rebuilt:\n${output}")
endif()
expect_nothing_to_do()

expect_build(publish_image CALLS "publish app")
foreach(architecture IN ITEMS amd64 arm64)
  run("${GANTRY}" image inspect --json --platform linux/${architecture}
      "oci:${BUILD}/gantry/published/app:latest")
  if(NOT output MATCHES "\"platform\":\"linux/${architecture}\"")
    fail("not for ${architecture}: ${output}")
  endif()
endforeach()
expect_nothing_to_do()
