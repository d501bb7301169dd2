gantry_add_image(app)
