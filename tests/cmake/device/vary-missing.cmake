gantry_add_sweep(grid DEVICE ref-a)
