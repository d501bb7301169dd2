install(FILES hello.txt DESTINATION share COMPONENT hello)
foreach(architecture IN ITEMS amd64 arm64)
  gantry_add_image(${architecture} INSTALL_COMPONENTS hello PLATFORMS linux/${architecture})
endforeach()
gantry_add_image_index(everywhere IMAGES amd64 arm64 TAGS 1.0)
gantry_add_image_index(published IMAGES oci:gantry/published/everywhere:1.0 TAGS again
                       EXCLUDE_FROM_ALL)
