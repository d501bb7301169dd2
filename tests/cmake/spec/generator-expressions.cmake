set(NOTHING "")
gantry_add_image(
  app
  ENTRYPOINT /bin/$<LOWER_CASE:APP> "$<$<BOOL:OFF>:--never>"
  ENV "CONFIG=$<CONFIG>"
  LABELS "$<$<CONFIG:Debug>:debug=yes>"
  USER "${NOTHING}"
  COMPRESSION "$<IF:$<CONFIG:Debug>,none,zstd>")
