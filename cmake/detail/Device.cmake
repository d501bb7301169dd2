# Simulated devices: the program that simulates them, and the specs of the commands that run it. A
# spec has one `name value` a line, all values read from the target's properties when the build
# system is generated, so that they may be set after the call and hold generator expressions.

# Makes Gantry::gantry-ssd and Gantry::gantry-fio of the programs beside GANTRY_EXECUTABLE, if that is
# set and they are there.
function(gantry_detail_find_simulator)
  if(NOT GANTRY_EXECUTABLE)
    return()
  endif()
  file(REAL_PATH "${GANTRY_EXECUTABLE}" real)
  foreach(gantry IN ITEMS "${GANTRY_EXECUTABLE}" "${real}")
    cmake_path(GET gantry PARENT_PATH directory)
    foreach(program IN ITEMS gantry-ssd gantry-fio)
      if(EXISTS "${directory}/${program}" AND NOT TARGET Gantry::${program})
        add_executable(Gantry::${program} IMPORTED GLOBAL)
        set_target_properties(Gantry::${program} PROPERTIES IMPORTED_LOCATION
                                                            "${directory}/${program}")
      endif()
    endforeach()
  endforeach()
endfunction()

# Ends the configuration if there is not the program, gantry-ssd or gantry-fio, that the command
# `where` runs.
function(gantry_detail_require_simulator where program)
  gantry_detail_require_tool("${where}")
  if(TARGET Gantry::${program})
    return()
  endif()
  set(does_gantry-ssd "simulates drives")
  set(does_gantry-fio "runs fio on simulated drives")
  if(GANTRY_EXECUTABLE)
    set(hint "There is none beside GANTRY_EXECUTABLE, which is ${GANTRY_EXECUTABLE}.")
  else()
    string(CONCAT hint "An installed Gantry has it with its component gantry_simulator, one that"
                  " comes by FetchContent or add_subdirectory with -DGANTRY_WITH_SIMULATOR=ON.")
  endif()
  message(FATAL_ERROR "${where}: there is no program ${program}, which ${does_${program}}. ${hint}")
endfunction()

# What is wrong with the name of a target that is going to be made.
function(gantry_detail_check_target where target)
  if(NOT target MATCHES "^[A-Za-z0-9_.+-]+$")
    message(
      FATAL_ERROR "${where}: '${target}' is no name for a target: use letters, digits and _ . + -")
  endif()
  if(TARGET "${target}")
    message(FATAL_ERROR "${where}: there is already a target ${target}")
  endif()
endfunction()

# Puts the values of the caller's arg_<keyword> of `keywords` into the target's properties, and
# arranges that gantry_detail_finish_devices() sees to the rest.
function(gantry_detail_set_device_properties command target keywords)
  foreach(keyword IN LISTS keywords)
    set_property(TARGET "${target}" PROPERTY GANTRY_${keyword} "${arg_${keyword}}")
  endforeach()
  set_property(GLOBAL APPEND PROPERTY GANTRY_DETAIL_DEVICES "${command}|${target}")
  gantry_detail_finish_later()
endfunction()

# gantry_detail_write_device_spec(<target> <file> <name in the spec>=<keyword>...)
function(gantry_detail_write_device_spec target file)
  set(text "gantry-ssd 1\n")
  foreach(pair IN ITEMS device=DETAIL_DEVICE state=DETAIL_STATE ${ARGN})
    string(REGEX MATCH "^(.*)=(.*)$" matched "${pair}")
    set(name "${CMAKE_MATCH_1}")
    set(value "$<GENEX_EVAL:$<TARGET_PROPERTY:GANTRY_${CMAKE_MATCH_2}>>")
    string(APPEND text "${name} $<JOIN:${value},\n${name} >\n")
  endforeach()
  file(GENERATE OUTPUT "${file}" CONTENT "${text}" TARGET "${target}")
endfunction()

# When every directory has been read: what the properties DEVICE say.
function(gantry_detail_finish_devices)
  get_property(devices GLOBAL PROPERTY GANTRY_DETAIL_DEVICES)
  set_property(GLOBAL PROPERTY GANTRY_DETAIL_DEVICES)
  foreach(device IN LISTS devices)
    string(REGEX MATCH "^([^|]*)\\|(.*)$" matched "${device}")
    set(command "${CMAKE_MATCH_1}")
    set(target "${CMAKE_MATCH_2}")
    gantry_detail_required_keywords(required "${command}" "${target}")
    foreach(keyword IN LISTS required)
      get_property(arg_${keyword} TARGET "${target}" PROPERTY GANTRY_${keyword})
    endforeach()
    gantry_detail_require_arguments("${command}(${target})" ${required})
    gantry_detail_check_property_newlines("${command}" "${target}")
    gantry_detail_finish_device("${command}(${target})" "${target}")
  endforeach()
endfunction()

# What a target cannot do without, by the command that made it.
function(gantry_detail_required_keywords out command target)
  set(required DEVICE)
  get_property(state TARGET "${target}" PROPERTY GANTRY_STATE)
  if(command STREQUAL "gantry_add_sweep")
    list(APPEND required VARY)
  elseif(command STREQUAL "gantry_add_demo")
    get_property(job TARGET "${target}" PROPERTY GANTRY_JOB)
    if("${job}" STREQUAL "")
      list(APPEND required RW)
    endif()
    if(NOT "${state}" STREQUAL "")
      list(REMOVE_ITEM required DEVICE)
    endif()
  endif()
  set(${out} "${required}" PARENT_SCOPE)
endfunction()

# DEVICE is a file, a profile's name, or the state that another target makes; STATE that or a file.
function(gantry_detail_finish_device where target)
  get_property(device TARGET "${target}" PROPERTY GANTRY_DEVICE)
  get_property(state TARGET "${target}" PROPERTY GANTRY_STATE)
  if(TARGET "${state}" OR NOT "${state}" MATCHES "[/.]|^$")
    gantry_detail_finish_state("${where}" STATE "${target}" "${state}")
  elseif(NOT "${state}" STREQUAL "")
    gantry_detail_absolute_input("${target}" state)
    set_target_properties("${target}" PROPERTIES GANTRY_DETAIL_STATE "${state}" GANTRY_DETAIL_INPUTS
                                                                                "${state}")
  endif()
  if(TARGET "${device}")
    if(NOT "${state}" STREQUAL "")
      message(FATAL_ERROR "${where}: DEVICE is a state already, so there can be no STATE")
    endif()
    gantry_detail_finish_state("${where}" DEVICE "${target}" "${device}")
  else()
    gantry_detail_absolute_input("${target}" device)
    set_property(TARGET "${target}" PROPERTY GANTRY_DETAIL_DEVICE "${device}")
  endif()
endfunction()

# The target, and its steps, begin with the state that another target makes.
function(gantry_detail_finish_state where keyword target state)
  gantry_detail_require_kind("${where}" ${keyword} "${state}" device_state)
  if(state STREQUAL target)
    message(FATAL_ERROR "${where}: ${keyword} leads back to it")
  endif()
  get_property(output TARGET "${state}" PROPERTY GANTRY_OUTPUT)
  set_target_properties("${target}" PROPERTIES GANTRY_DETAIL_STATE "${output}" GANTRY_DETAIL_INPUTS
                                                                               "${output}")
  get_property(steps TARGET "${target}" PROPERTY GANTRY_DETAIL_STEPS)
  foreach(step IN LISTS target steps)
    add_dependencies("${step}" "${state}")
  endforeach()
endfunction()

# What has a / or a . in its name is a file, relative to the directory of the target.
function(gantry_detail_absolute_input target variable)
  if("${${variable}}" MATCHES "[/.]" AND NOT "${${variable}}" MATCHES "^(/|\\$<)")
    get_property(directory TARGET "${target}" PROPERTY SOURCE_DIR)
    set(${variable} "${directory}/${${variable}}" PARENT_SCOPE)
  endif()
endfunction()
