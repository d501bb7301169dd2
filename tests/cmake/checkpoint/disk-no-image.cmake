add_custom_target(other)
gantry_add_guest(box DISK other)
