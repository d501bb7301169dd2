gantry_add_device_state(worn DEVICE ref-a)
gantry_add_demo(reads STATE wurn RW randread)
