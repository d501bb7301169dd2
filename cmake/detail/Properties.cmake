# The second face of the API: a target property for each keyword, so that it can be set after the
# call, with a variable for those that make sense as a project's default.

foreach(keyword IN ITEMS ANNOTATIONS BASE COMPRESSION ENV LABELS LICENSES PLATFORMS PREFIX RUNTIME_LIBRARIES TAGS USER)
  define_property(TARGET PROPERTY GANTRY_${keyword} INITIALIZE_FROM_VARIABLE DEFAULT_GANTRY_${keyword}
                  BRIEF_DOCS "The keyword ${keyword} of gantry_add_image()")
endforeach()
foreach(keyword IN ITEMS CMD DEPENDS ENTRYPOINT HEALTHCHECK INSTALL_COMPONENTS PORTS ROOTFS STOP_SIGNAL VOLUMES WORKDIR)
  define_property(TARGET PROPERTY GANTRY_${keyword} BRIEF_DOCS "The keyword ${keyword} of gantry_add_image()")
endforeach()
unset(keyword)

define_property(TARGET PROPERTY GANTRY_KIND BRIEF_DOCS "What Gantry's target makes: image or rootfs")
define_property(TARGET PROPERTY GANTRY_OUTPUT BRIEF_DOCS "The file that Gantry's target builds")
define_property(TARGET PROPERTY GANTRY_STAGED INHERITED
                BRIEF_DOCS "OFF: images do not wait for this target, it is not installed")
