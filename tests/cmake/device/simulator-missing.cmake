gantry_add_device_state(drive DEVICE ref-a)
