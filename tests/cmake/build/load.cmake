install(FILES hello.txt DESTINATION share COMPONENT hello)
gantry_add_image(App INSTALL_COMPONENTS hello)
gantry_add_image(
  tagged
  REPOSITORY localhost:5000/me/tagged
  TAGS one two
  EXCLUDE_FROM_ALL)
gantry_add_image_index(everywhere IMAGES App)
