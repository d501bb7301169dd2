gantry_add_image(app INSTALL_COMPONENTS a b a)
