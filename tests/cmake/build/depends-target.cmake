# A target that is not in ALL makes what is installed: DEPENDS says so.
add_custom_command(
  OUTPUT made.txt
  COMMAND "${CMAKE_COMMAND}" -E copy "${CMAKE_SOURCE_DIR}/hello.txt" made.txt
  DEPENDS "${CMAKE_SOURCE_DIR}/hello.txt"
  VERBATIM)
add_custom_target(make_it DEPENDS made.txt)
install(FILES "${CMAKE_BINARY_DIR}/made.txt" DESTINATION share COMPONENT made)
gantry_add_image(app INSTALL_COMPONENTS made DEPENDS make_it)
