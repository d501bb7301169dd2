add_custom_target(load_app)
gantry_add_image(app)
