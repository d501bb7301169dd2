output_path(bottom bottom.image)
foreach(pair IN ITEMS "top=image ${bottom}" "bottom=oci ${SOURCE}/layout:1.0"
                      "archive=docker-archive /tmp/a b.tar" nothing=scratch bare=scratch)
  string(REGEX MATCH "^([a-z]*)=(.*)$" matched "${pair}")
  output_path(spec ${CMAKE_MATCH_1}.spec)
  expect_line("${spec}" "base ${CMAKE_MATCH_2}")
endforeach()
