# Gantry's functions keep the policies of Gantry's files.
install(FILES hello.txt DESTINATION share COMPONENT hello)
gantry_add_image(app INSTALL_COMPONENTS hello)
