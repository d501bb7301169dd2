# The verb `demo`: the images of Gantry's own program and of every example, built, published to OCI
# layouts, checked by skopeo and shown in a table. The examples are projects of their own, so they
# are configured against an installed Gantry, as a user's project is.
add_custom_target(
  demo
  COMMAND
    "${CMAKE_COMMAND}" "-DSOURCE_DIR=${PROJECT_SOURCE_DIR}" "-DBINARY_DIR=${PROJECT_BINARY_DIR}"
    "-DGENERATOR=${CMAKE_GENERATOR}" "-DCONFIG=$<CONFIG>" "-DGANTRY=$<TARGET_FILE:Gantry::gantry>"
    -P "${PROJECT_SOURCE_DIR}/cmake/scripts/Demo.cmake"
  COMMENT "Building the images of the examples"
  USES_TERMINAL VERBATIM)
add_dependencies(demo gantry_tool gantry_reference publish_gantry)
