gantry_add_image(a BASE b)
gantry_add_image(b BASE a)
