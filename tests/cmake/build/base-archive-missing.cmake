gantry_add_image(app BASE docker-archive:missing.tar)
