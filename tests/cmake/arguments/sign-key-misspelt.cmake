gantry_add_image_index(all IMAGES app SING_KEY key.pem)
