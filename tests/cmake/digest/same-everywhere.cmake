# Enough in it for several threads, several directories and a link.
foreach(i RANGE 1 20)
  string(REPEAT "line ${i}\n" 20000 text)
  file(WRITE "${CMAKE_SOURCE_DIR}/tree/${i}/file" "${text}")
endforeach()
if(NOT EXISTS "${CMAKE_SOURCE_DIR}/tree/link")
  file(CREATE_LINK 1/file "${CMAKE_SOURCE_DIR}/tree/link" SYMBOLIC)
endif()
install(DIRECTORY tree DESTINATION share COMPONENT tree)
install(FILES hello.conf DESTINATION /etc COMPONENT config)
install(PROGRAMS hello.txt DESTINATION bin COMPONENT config)
gantry_add_image(
  app
  INSTALL_COMPONENTS config tree
  ENTRYPOINT /usr/bin/hello.txt
  ENV A=1
  LABELS b=2 a=1)
gantry_add_image(dense INSTALL_COMPONENTS tree COMPRESSION gzip-dense)
gantry_add_image(
  zstd
  BASE app
  INSTALL_COMPONENTS tree
  COMPRESSION zstd)
