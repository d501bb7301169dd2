install(FILES hello.txt DESTINATION share COMPONENT hello)
gantry_add_image(app INSTALL_COMPONENTS hello TAGS AUTO extra TAG_RULES "branch:main=on-{branch}")
