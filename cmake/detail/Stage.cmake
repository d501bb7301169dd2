# Staging: one command per (component, prefix), shared by all images, installs the component into a
# tree of its own. The commands live in the top-level directory and are made when all targets are
# known (see Finish.cmake).

# gantry_detail_add_stage(<out target> <component> <prefix>)
function(gantry_detail_add_stage out component prefix)
  string(SHA256 hash "${component}\n${prefix}")
  string(SUBSTRING "${hash}" 0 8 hash)
  string(REGEX REPLACE "[^A-Za-z0-9_.+-]" "_" key "${component}-${hash}")
  set(target "gantry_stage_${key}")
  set(${out} "${target}" PARENT_SCOPE)
  if(TARGET "${target}")
    return()
  endif()
  gantry_detail_directory(directory stage)
  string(APPEND directory "/${key}")
  gantry_detail_add_output(
    "${target}"
    KIND
    stage
    OUTPUT
    "${directory}/manifest"
    FOLDER
    "Gantry/Internal"
    COMMENT
    "Staging component ${component}"
    DEPENDS
    "$<GENEX_EVAL:$<TARGET_PROPERTY:${target},GANTRY_DETAIL_DEPENDS>>"
    ARGUMENTS
    image
    stage
    --cmake
    "${CMAKE_COMMAND}"
    --build-dir
    "${CMAKE_BINARY_DIR}"
    --component
    "${component}"
    "$<$<BOOL:$<CONFIG>>:--config;$<CONFIG>>"
    --prefix
    "${prefix}"
    --tree
    "${directory}/tree")
  add_dependencies("${target}" gantry_installable)
endfunction()

# Makes gantry_installable, the target that builds whatever an install rule may name. CMake does not
# say which targets a component holds: the order comes from here, exactness from the depfile.
function(gantry_detail_add_installable)
  add_custom_target(gantry_installable)
  set_target_properties(gantry_installable PROPERTIES FOLDER "Gantry/Internal")
  gantry_detail_find_installable(targets "${CMAKE_SOURCE_DIR}")
  if(targets)
    add_dependencies(gantry_installable ${targets})
  endif()
endfunction()

# All targets of a directory and those below it that are in ALL and may be installed.
function(gantry_detail_find_installable out directory)
  set(found)
  get_property(targets DIRECTORY "${directory}" PROPERTY BUILDSYSTEM_TARGETS)
  foreach(target IN LISTS targets)
    gantry_detail_is_installable(installable "${target}")
    if(installable)
      list(APPEND found "${target}")
    endif()
  endforeach()
  get_property(subdirectories DIRECTORY "${directory}" PROPERTY SUBDIRECTORIES)
  foreach(subdirectory IN LISTS subdirectories)
    get_property(excluded DIRECTORY "${subdirectory}" PROPERTY EXCLUDE_FROM_ALL)
    if(NOT excluded)
      gantry_detail_find_installable(below "${subdirectory}")
      list(APPEND found ${below})
    endif()
  endforeach()
  set(${out} "${found}" PARENT_SCOPE)
endfunction()

function(gantry_detail_is_installable out target)
  set(${out} FALSE PARENT_SCOPE)
  get_property(excluded TARGET "${target}" PROPERTY EXCLUDE_FROM_ALL)
  get_property(kind TARGET "${target}" PROPERTY GANTRY_KIND)
  if(excluded OR kind)
    return()
  endif()
  get_property(type TARGET "${target}" PROPERTY TYPE)
  if(type STREQUAL "INTERFACE_LIBRARY" OR type STREQUAL "OBJECT_LIBRARY")
    return()
  endif()
  get_property(staged TARGET "${target}" PROPERTY GANTRY_STAGED)
  if(NOT "${staged}" STREQUAL "" AND NOT staged)
    return()
  endif()
  gantry_detail_needs_image(needs "${target}")
  if(NOT needs)
    set(${out} TRUE PARENT_SCOPE)
  endif()
endfunction()

# Whether add_dependencies() makes the target wait for one of Gantry's, also through others: it then
# cannot be installed into an image without a cycle.
function(gantry_detail_needs_image out target)
  set(needs FALSE)
  get_property(dependencies TARGET "${target}" PROPERTY MANUALLY_ADDED_DEPENDENCIES)
  foreach(dependency IN LISTS dependencies)
    if(NOT TARGET "${dependency}")
      continue()
    endif()
    get_property(kind TARGET "${dependency}" PROPERTY GANTRY_KIND)
    if(kind)
      set(needs TRUE)
    else()
      gantry_detail_needs_image(needs "${dependency}")
    endif()
    if(needs)
      break()
    endif()
  endforeach()
  set(${out} ${needs} PARENT_SCOPE)
endfunction()
