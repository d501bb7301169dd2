gantry_add_image(other)
gantry_add_image(app ROOTFS other)
