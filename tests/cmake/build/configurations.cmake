set(content "$<CONFIG>")
file(GENERATE OUTPUT "$<CONFIG>.txt" CONTENT "$<CONFIG>")
install(FILES "${CMAKE_BINARY_DIR}/$<CONFIG>.txt" DESTINATION share COMPONENT hello)
gantry_add_image(app INSTALL_COMPONENTS hello LABELS config=$<CONFIG>)
