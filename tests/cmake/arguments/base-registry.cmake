gantry_add_image(app BASE library/debian:12)
