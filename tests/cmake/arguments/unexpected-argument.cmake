gantry_add_image(app USER root wheel)
