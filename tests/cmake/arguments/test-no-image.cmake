gantry_add_image_test(NAME t FILES /x)
