# The image of Gantry's own program. The tests look at it, so with them it is in ALL.
set(gantry_when_asked EXCLUDE_FROM_ALL)
if(GANTRY_BUILD_TESTS)
  set(gantry_when_asked)
endif()
gantry_add_image(
  gantry
  ${gantry_when_asked} RUNTIME_LIBRARIES
  INSTALL_COMPONENTS gantry_tool
  ENTRYPOINT /usr/bin/gantry LICENSES MIT)
unset(gantry_when_asked)
