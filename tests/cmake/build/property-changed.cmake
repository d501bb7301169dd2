install(FILES hello.txt DESTINATION share COMPONENT hello)
install(FILES hello.conf DESTINATION /etc COMPONENT config)
gantry_add_image(app INSTALL_COMPONENTS config hello)
set_property(TARGET app PROPERTY GANTRY_CMD "${COMMAND}")
