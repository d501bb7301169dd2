install(CODE "file(READ \"${CMAKE_SOURCE_DIR}/input\" text)
file(WRITE \"\$ENV{DESTDIR}/made\" \"\${text}\")" COMPONENT made)
file(WRITE "${CMAKE_SOURCE_DIR}/input" one)
gantry_add_image(app INSTALL_COMPONENTS made DEPENDS input)
