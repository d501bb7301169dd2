install(FILES hello.txt DESTINATION share COMPONENT hello)
install(FILES hello.conf DESTINATION /etc COMPONENT config)
gantry_add_image(app INSTALL_COMPONENTS config hello)
add_custom_command(
  OUTPUT unrelated.txt
  COMMAND "${CMAKE_COMMAND}" -E copy "${CMAKE_SOURCE_DIR}/other.txt" unrelated.txt
  DEPENDS "${CMAKE_SOURCE_DIR}/other.txt"
  VERBATIM)
add_custom_target(unrelated ALL DEPENDS unrelated.txt)
file(WRITE "${CMAKE_SOURCE_DIR}/other.txt" "one")
