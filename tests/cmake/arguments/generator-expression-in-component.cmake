gantry_add_image(app)
set_property(TARGET app PROPERTY GANTRY_INSTALL_COMPONENTS "$<CONFIG>")
