gantry_add_image(app BASE docker.io/library/debian:12)
