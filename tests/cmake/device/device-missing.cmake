gantry_add_sweep(grid VARY queue-depth=1,2)
