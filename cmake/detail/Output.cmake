# The single place where targets with an output are made, and so where "a second build does nothing"
# is kept: every command has one OUTPUT, a DEPFILE, and depends on the program and its spec file.

# gantry_detail_directory(<out> <name>): <build>/gantry/<name>, with a directory per configuration
# below it if the generator has several.
function(gantry_detail_directory out name)
  get_property(multi_config GLOBAL PROPERTY GENERATOR_IS_MULTI_CONFIG)
  set(directory "${CMAKE_BINARY_DIR}/gantry/${name}")
  if(multi_config)
    string(APPEND directory "/$<CONFIG>")
  endif()
  set(${out} "${directory}" PARENT_SCOPE)
endfunction()

# gantry_detail_add_output(<target> KIND <kind> OUTPUT <file> COMMENT <text> ARGUMENTS <argument>...
#   [ALL] [FOLDER <folder>] [BYPRODUCTS <file>...] [DEPENDS <file or target>...]
#   [PROGRAM <target>] [OUTPUT_OPTION <option>] [LAST_ARGUMENTS <argument>...])
# The program, Gantry::gantry if no other is named, gets ARGUMENTS --output <file> --depfile <file>.d
# LAST_ARGUMENTS, or another option for --output. Empty arguments are dropped.
function(gantry_detail_add_output target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "ALL" "KIND;OUTPUT;COMMENT;FOLDER;PROGRAM;OUTPUT_OPTION"
                        "ARGUMENTS;BYPRODUCTS;DEPENDS;LAST_ARGUMENTS")
  if(NOT DEFINED arg_PROGRAM)
    set(arg_PROGRAM Gantry::gantry)
  endif()
  if(NOT DEFINED arg_OUTPUT_OPTION)
    set(arg_OUTPUT_OPTION --output)
  endif()
  set(make)
  if(CMAKE_GENERATOR MATCHES "Makefiles")
    gantry_detail_check_makefiles("${target}")
    # The program leaves an output alone that would not change, so that ninja stops there. Make only
    # compares times and would run the command at every build. And CMake adds what a depfile says to
    # what it has collected, where files stay that are gone: it must begin anew.
    set(collected "${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/${target}.dir/compiler_depend.internal")
    set(make
        COMMAND
        "${CMAKE_COMMAND}"
        -E
        touch
        "${arg_OUTPUT}"
        COMMAND
        "${CMAKE_COMMAND}"
        -E
        rm
        -f
        "${collected}")
  endif()
  add_custom_command(
    OUTPUT "${arg_OUTPUT}"
    BYPRODUCTS ${arg_BYPRODUCTS}
    COMMAND ${arg_PROGRAM} ${arg_ARGUMENTS} ${arg_OUTPUT_OPTION} "${arg_OUTPUT}" --depfile
            "${arg_OUTPUT}.d" ${arg_LAST_ARGUMENTS} ${make}
    DEPENDS ${arg_PROGRAM} ${arg_DEPENDS}
    DEPFILE "${arg_OUTPUT}.d"
    COMMENT "${arg_COMMENT}"
    COMMAND_EXPAND_LISTS VERBATIM)
  set(all)
  if(arg_ALL)
    set(all ALL)
  endif()
  add_custom_target("${target}" ${all} DEPENDS "${arg_OUTPUT}")
  set_target_properties("${target}" PROPERTIES FOLDER "${arg_FOLDER}" GANTRY_KIND "${arg_KIND}"
                                               GANTRY_OUTPUT "${arg_OUTPUT}")
endfunction()

# CMake's Makefile generators write a wrong name for the dependencies of a command with a DEPFILE in
# a subdirectory whose name has a space.
function(gantry_detail_check_makefiles target)
  string(REPLACE "${CMAKE_BINARY_DIR}" "" directory "${CMAKE_CURRENT_BINARY_DIR}")
  if(directory MATCHES " ")
    message(
      FATAL_ERROR
        "${target}: CMake's Makefiles cannot build in '${CMAKE_CURRENT_BINARY_DIR}': the name of a"
        " subdirectory has a space. Use Ninja, or give add_subdirectory() a binary directory"
        " without one.")
  endif()
endfunction()
