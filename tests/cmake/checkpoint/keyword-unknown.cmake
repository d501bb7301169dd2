gantry_add_guest(box KERNELS vmlinuz)
