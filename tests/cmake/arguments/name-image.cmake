gantry_add_image(image)
