gantry_add_image(app INSTALL_COMPONENTS hello ENTRYPONT /usr/bin/app)
