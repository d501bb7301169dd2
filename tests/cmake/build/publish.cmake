install(FILES hello.txt DESTINATION share COMPONENT hello)
gantry_add_image(app INSTALL_COMPONENTS hello)
gantry_add_image(tagged TAGS one two)
gantry_add_image(excluded EXCLUDE_FROM_ALL)
