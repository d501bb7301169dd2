add_executable(Gantry::gantry IMPORTED GLOBAL)
gantry_add_sweep(grid DEVICE ref-a VARY queue-depth=1,2)
