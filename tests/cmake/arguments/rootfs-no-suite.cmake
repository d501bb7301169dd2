gantry_add_rootfs(debian PACKAGES bash)
