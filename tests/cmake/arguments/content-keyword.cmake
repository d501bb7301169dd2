gantry_add_image(app COPY hello.txt)
