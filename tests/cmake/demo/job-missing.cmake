gantry_add_demo(reads DEVICE ref-a BS 4k)
