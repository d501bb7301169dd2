gantry_add_image_test(NAME t IMAGE app XYZZY)
