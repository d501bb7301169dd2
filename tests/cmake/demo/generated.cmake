foreach(name IN ITEMS made.fio made.json)
  add_custom_command(
    OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/${name}"
    COMMAND "${CMAKE_COMMAND}" -E copy "${CMAKE_CURRENT_SOURCE_DIR}/source.txt"
            "${CMAKE_CURRENT_BINARY_DIR}/${name}"
    DEPENDS source.txt
    VERBATIM)
endforeach()
gantry_add_demo(with_job DEVICE ref-a JOB "${CMAKE_CURRENT_BINARY_DIR}/made.fio")
gantry_add_demo(with_device DEVICE "${CMAKE_CURRENT_BINARY_DIR}/made.json" RW read)
