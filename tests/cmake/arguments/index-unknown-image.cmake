gantry_add_image(app)
gantry_add_image_index(all IMAGES ap)
