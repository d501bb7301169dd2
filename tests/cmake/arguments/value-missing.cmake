gantry_add_image(app ENTRYPOINT USER root)
