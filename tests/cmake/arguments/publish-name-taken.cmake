add_custom_target(publish_app)
gantry_add_image(app)
