gantry_add_image(app SBON PROVENANCE)
