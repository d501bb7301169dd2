# Targets in ALL that themselves need an image are not waited for.
install(FILES hello.txt DESTINATION share COMPONENT hello)
gantry_add_image(app INSTALL_COMPONENTS hello)
add_custom_target(between)
add_dependencies(between app)
add_custom_target(deploy ALL COMMAND "${CMAKE_COMMAND}" -E true VERBATIM)
add_dependencies(deploy between)
add_custom_target(report ALL DEPENDS app)
set_property(TARGET report PROPERTY GANTRY_STAGED OFF)
