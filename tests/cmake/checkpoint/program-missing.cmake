gantry_add_guest(box KERNEL vmlinuz MEMORY 256M)
