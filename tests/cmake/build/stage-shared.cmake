install(FILES hello.txt DESTINATION share COMPONENT hello)
gantry_add_image(one INSTALL_COMPONENTS hello)
gantry_add_image(two INSTALL_COMPONENTS hello CMD /two)
gantry_add_image(three INSTALL_COMPONENTS hello PREFIX /opt)
