gantry_add_image(app COMPRESSION lzma)
