gantry_add_image(app)
gantry_add_sweep(grid DEVICE app VARY queue-depth=1,2)
