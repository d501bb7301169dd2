# Gantry::gantry, the program that every command runs, and those beside it that the optional parts run.

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

# Makes Gantry::<program> of each optional program beside GANTRY_EXECUTABLE, if that is set.
function(gantry_detail_find_optional_tools)
  if(NOT GANTRY_EXECUTABLE)
    return()
  endif()
  file(REAL_PATH "${GANTRY_EXECUTABLE}" real)
  foreach(gantry IN ITEMS "${GANTRY_EXECUTABLE}" "${real}")
    cmake_path(GET gantry PARENT_PATH directory)
    foreach(program IN ITEMS gantry-ssd gantry-fio gantry-vm)
      if(EXISTS "${directory}/${program}" AND NOT TARGET Gantry::${program})
        add_executable(Gantry::${program} IMPORTED GLOBAL)
        set_target_properties(Gantry::${program} PROPERTIES IMPORTED_LOCATION
                                                            "${directory}/${program}")
      endif()
    endforeach()
  endforeach()
endfunction()

# Ends the configuration if there is not the optional program that the command `where` runs.
function(gantry_detail_require_optional_tool where program)
  gantry_detail_require_tool("${where}")
  if(TARGET Gantry::${program})
    return()
  endif()
  set(does_gantry-ssd "simulates drives")
  set(does_gantry-fio "runs fio on simulated drives")
  set(does_gantry-vm "runs virtual machines")
  if(GANTRY_EXECUTABLE)
    set(hint "There is none beside GANTRY_EXECUTABLE, which is ${GANTRY_EXECUTABLE}.")
  else()
    set(component simulator)
    set(option -DGANTRY_WITH_SIMULATOR=ON)
    if(program STREQUAL "gantry-vm")
      set(component vm)
      set(option "-DGANTRY_WITH_VM=ON and libvirt-dev")
    endif()
    string(CONCAT hint
                  "An installed Gantry has it with its component gantry_${component}, one that"
                  " comes by FetchContent or add_subdirectory with ${option}.")
  endif()
  message(FATAL_ERROR "${where}: there is no program ${program}, which ${does_${program}}. ${hint}")
endfunction()
