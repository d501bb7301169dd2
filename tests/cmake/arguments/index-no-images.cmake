gantry_add_image_index(all TAGS one)
