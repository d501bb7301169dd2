add_custom_target(app)
gantry_add_image(app)
