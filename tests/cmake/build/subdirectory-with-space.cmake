file(
  WRITE "${CMAKE_SOURCE_DIR}/sp ace (2)/CMakeLists.txt"
  [[
install(FILES ../hello.txt DESTINATION share COMPONENT hello)
gantry_add_image(app INSTALL_COMPONENTS hello)
]])
if(BINARY_DIRECTORY OR NOT CMAKE_GENERATOR MATCHES "Makefiles")
  add_subdirectory("sp ace (2)" ${BINARY_DIRECTORY})
endif()
if(REFUSED)
  add_subdirectory("sp ace (2)" "${REFUSED}")
endif()
