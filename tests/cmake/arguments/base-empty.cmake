gantry_add_image(app BASE oci:)
