gantry_add_image(top BASE bottom INSTALL_COMPONENTS config)
add_subdirectory(sub)
install(FILES hello.conf DESTINATION /etc COMPONENT config)
