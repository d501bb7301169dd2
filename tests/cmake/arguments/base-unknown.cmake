gantry_add_image(bottom)
gantry_add_image(top BASE bottum)
