gantry_add_image(a/b)
