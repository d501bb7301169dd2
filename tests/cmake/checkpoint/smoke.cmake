install(FILES hello.txt DESTINATION share COMPONENT hello)
gantry_add_image(box-disk INSTALL_COMPONENTS hello)
gantry_add_guest(box DISK disk.qcow2)
gantry_add_checkpoint(asked FROM box TIMEOUT 7 TAGS latest 1.0)
# It can be said later, and may be made by the build.
set_property(TARGET asked PROPERTY GANTRY_SMOKE "${CMAKE_CURRENT_BINARY_DIR}/look at.sh")
add_custom_command(OUTPUT "look at.sh" COMMAND "${CMAKE_COMMAND}" -E touch "look at.sh" VERBATIM)
gantry_add_checkpoint(plain FROM box)
