gantry_add_image(app)
gantry_add_image_test(NAME t IMAGE app)
