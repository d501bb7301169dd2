# A custom target in ALL makes what is installed: it must come before the staging.
add_custom_command(
  OUTPUT generated.txt
  COMMAND "${CMAKE_COMMAND}" -E sleep 0.3
  COMMAND "${CMAKE_COMMAND}" -E copy "${CMAKE_SOURCE_DIR}/hello.txt" generated.txt
  DEPENDS "${CMAKE_SOURCE_DIR}/hello.txt"
  VERBATIM)
gantry_add_image(app INSTALL_COMPONENTS hello)
add_custom_target(generate ALL DEPENDS generated.txt)
install(FILES "${CMAKE_BINARY_DIR}/generated.txt" DESTINATION share COMPONENT hello)
