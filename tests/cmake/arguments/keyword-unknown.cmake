gantry_add_image(app ENTRYPONT /usr/bin/app)
