gantry_add_guest(box KERNEL vmlinuz SHARE "/data")
