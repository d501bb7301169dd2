# Gantry::gantry, the program that every command runs.

# Makes Gantry::gantry of GANTRY_EXECUTABLE if that is set.
function(gantry_detail_find_tool)
  if(NOT GANTRY_EXECUTABLE)
    return()
  endif()
  if(NOT EXISTS "${GANTRY_EXECUTABLE}" OR IS_DIRECTORY "${GANTRY_EXECUTABLE}")
    message(FATAL_ERROR "GANTRY_EXECUTABLE names no program: ${GANTRY_EXECUTABLE}")
  endif()
  if(NOT TARGET Gantry::gantry)
    add_executable(Gantry::gantry IMPORTED GLOBAL)
    set_target_properties(Gantry::gantry PROPERTIES IMPORTED_LOCATION "${GANTRY_EXECUTABLE}")
  endif()
endfunction()

# Ends the configuration if there is no program that the command `where` could run.
function(gantry_detail_require_tool where)
  if(NOT TARGET Gantry::gantry)
    message(
      FATAL_ERROR
        "${where}: there is no program gantry. Pass -DGANTRY_EXECUTABLE=<path of gantry>, or use"
        " find_package(Gantry), FetchContent or add_subdirectory, which bring it.")
  endif()
  if(CMAKE_CROSSCOMPILING AND NOT GANTRY_EXECUTABLE AND NOT CMAKE_CROSSCOMPILING_EMULATOR)
    get_target_property(imported Gantry::gantry IMPORTED)
    if(NOT imported)
      message(
        FATAL_ERROR
          "${where}: this build makes a gantry for ${CMAKE_SYSTEM_NAME} ${CMAKE_SYSTEM_PROCESSOR},"
          " which cannot run here. Pass -DGANTRY_EXECUTABLE=<path of a gantry for this machine>.")
    endif()
  endif()
endfunction()
