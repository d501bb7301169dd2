gantry_add_image(app PLATFORMS linux/amd64 linux/arm64)
