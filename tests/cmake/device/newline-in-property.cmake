gantry_add_device_state(drive DEVICE ref-a)
set_property(TARGET drive PROPERTY GANTRY_PRECONDITION "fill=random\noption seed=7")
