gantry_add_image(app CMD first)
set_property(TARGET app APPEND PROPERTY GANTRY_CMD second)
set_target_properties(app PROPERTIES GANTRY_BASE oci:/layout GANTRY_USER app
                                     GANTRY_INSTALL_COMPONENTS hello)
install(FILES hello.txt DESTINATION share COMPONENT hello)
foreach(name IN ITEMS GANTRY_KIND GANTRY_OUTPUT)
  get_target_property(value app ${name})
  message(STATUS "${name} ${value}")
endforeach()
