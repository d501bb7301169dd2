gantry_add_guest(box KERNEL vmlinuz MEMORY 256M)
gantry_add_checkpoint(checkpoint FROM box)
