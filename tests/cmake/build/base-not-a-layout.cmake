gantry_add_image(app BASE "oci:${CMAKE_SOURCE_DIR}")
