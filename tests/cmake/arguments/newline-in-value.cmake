gantry_add_image(app LABELS "a=b\nuser root")
