gantry_add_image(app PREFIX usr)
