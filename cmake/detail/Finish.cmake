# What can only be known when every directory has been read: which targets there are, and what the
# properties of the images say in the end. Runs once, deferred to the end of the top-level directory.

# Arranges that gantry_detail_finish() runs.
function(gantry_detail_finish_later)
  get_property(arranged GLOBAL PROPERTY GANTRY_DETAIL_FINISH)
  if(NOT arranged)
    set_property(GLOBAL PROPERTY GANTRY_DETAIL_FINISH TRUE)
    cmake_language(DEFER DIRECTORY "${CMAKE_SOURCE_DIR}" CALL gantry_detail_finish)
  endif()
endfunction()

function(gantry_detail_finish)
  set_property(GLOBAL PROPERTY GANTRY_DETAIL_FINISH FALSE)
  get_property(images GLOBAL PROPERTY GANTRY_DETAIL_IMAGES)
  set_property(GLOBAL PROPERTY GANTRY_DETAIL_IMAGES)
  if(images AND NOT TARGET gantry_installable)
    gantry_detail_add_installable()
  endif()
  foreach(image IN LISTS images)
    gantry_detail_finish_image("${image}")
  endforeach()
  gantry_detail_finish_devices()
  gantry_detail_finish_machines()
  gantry_detail_add_update_bases()
  gantry_detail_set_dependencies()
  get_property(tests GLOBAL PROPERTY GANTRY_DETAIL_TESTS)
  foreach(test IN LISTS tests)
    string(REGEX MATCH "^([^|]*)\\|(.*)$" matched "${test}")
    gantry_detail_require_kind("gantry_add_image_test(${CMAKE_MATCH_2})" IMAGE "${CMAKE_MATCH_1}"
                               image)
  endforeach()
endfunction()

# Turns what the properties name into files, and says which targets come first.
function(gantry_detail_finish_image image)
  set(where "gantry_add_image(${image})")
  foreach(name IN ITEMS BASE ROOTFS INSTALL_COMPONENTS PREFIX PLATFORMS PREBUILT DEPENDS)
    get_property(${name} TARGET "${image}" PROPERTY GANTRY_${name})
  endforeach()
  gantry_detail_check_static("${where}")
  gantry_detail_check_property_newlines(gantry_add_image "${image}")
  set(layers)
  set(inputs)
  set(before)
  gantry_detail_resolve_base("${where}" "${BASE}")
  if(NOT "${ROOTFS}" STREQUAL "")
    gantry_detail_require_kind("${where}" ROOTFS "${ROOTFS}" rootfs)
    get_property(rootfs TARGET "${ROOTFS}" PROPERTY GANTRY_OUTPUT)
    set_property(TARGET "${image}" PROPERTY GANTRY_DETAIL_ROOTFS "${rootfs}")
    list(APPEND inputs "${rootfs}")
    list(APPEND before "${ROOTFS}")
  endif()
  foreach(component IN LISTS INSTALL_COMPONENTS)
    gantry_detail_add_stage(stage "${component}" "${PREFIX}")
    get_property(manifest TARGET "${stage}" PROPERTY GANTRY_OUTPUT)
    list(APPEND layers "${manifest}\t${component}")
    list(APPEND inputs "${manifest}")
    list(APPEND before "${stage}")
    if(DEPENDS)
      set_property(TARGET "${stage}" APPEND PROPERTY GANTRY_DETAIL_DEPENDS ${DEPENDS})
    endif()
  endforeach()
  set_target_properties(
    "${image}" PROPERTIES GANTRY_DETAIL_BASE "${base}" GANTRY_DETAIL_LAYERS "${layers}"
                          GANTRY_DETAIL_INPUTS "${inputs}")
  if(before)
    add_dependencies("${image}" ${before})
  endif()
endfunction()

# The properties that decide which commands there are must be known now.
function(gantry_detail_check_static where)
  foreach(name IN ITEMS BASE ROOTFS INSTALL_COMPONENTS PREFIX)
    if("${${name}}" MATCHES "^[^:]*\\$<")
      message(
        FATAL_ERROR
          "${where}: ${name} decides which commands are made, so it takes no generator expression: ${${name}}"
      )
    endif()
  endforeach()
  set(seen)
  foreach(component IN LISTS INSTALL_COMPONENTS)
    if(component IN_LIST seen)
      message(FATAL_ERROR "${where}: component '${component}' is named twice")
    endif()
    list(APPEND seen "${component}")
  endforeach()
  if("${PREFIX}" STREQUAL "")
    set(PREFIX /usr PARENT_SCOPE)
  elseif(NOT "${PREFIX}" MATCHES "^/")
    message(FATAL_ERROR "${where}: PREFIX '${PREFIX}' is not an absolute path, such as /usr")
  endif()
  list(LENGTH PLATFORMS count)
  if(count GREATER 1 AND "${PREBUILT}" STREQUAL "")
    message(
      FATAL_ERROR
        "${where}: PLATFORMS names ${count} platforms, but a build tree makes programs for one."
        " PREBUILT takes files of several; gantry_add_image_index() joins images of several build"
        " trees.")
  endif()
endfunction()

# Returns in `base` what stands in the spec, and grows `inputs` and `before`.
function(gantry_detail_resolve_base where value)
  if("${value}" MATCHES "^(scratch)?$")
    set(base scratch)
  elseif(value MATCHES "^(oci|docker-archive):(.+)$")
    set(base "${CMAKE_MATCH_1} ${CMAKE_MATCH_2}")
  else()
    gantry_detail_is_reference(is_reference "${value}")
    if(is_reference)
      gantry_detail_add_base(value "${value}" "${image}" "${PLATFORMS}")
    else()
      gantry_detail_check_base("${where}" "${value}")
      gantry_detail_require_kind("${where}" BASE "${value}" image)
      gantry_detail_check_cycle("${where}" "${image}" "${value}")
    endif()
    get_property(output TARGET "${value}" PROPERTY GANTRY_OUTPUT)
    set(base "image ${output}")
    set(inputs ${inputs} "${output}" PARENT_SCOPE)
    set(before ${before} "${value}" PARENT_SCOPE)
  endif()
  set(base "${base}" PARENT_SCOPE)
endfunction()

# Ends the configuration if the bases of `base` lead to `image`.
function(gantry_detail_check_cycle where image base)
  set(chain "${image}" "${base}")
  while(TARGET "${base}" AND NOT base STREQUAL image)
    get_property(base TARGET "${base}" PROPERTY GANTRY_BASE)
    if(base IN_LIST chain AND NOT base STREQUAL image)
      return() # a cycle of others, which they report
    endif()
    list(APPEND chain "${base}")
  endwhile()
  if(base STREQUAL image)
    list(JOIN chain ", " chain)
    message(FATAL_ERROR "${where}: BASE leads back to it: ${chain}")
  endif()
endfunction()

# A newline in a property would be a line of its own in the spec.
function(gantry_detail_check_property_newlines command target)
  get_property(keywords GLOBAL PROPERTY GANTRY_DETAIL_KEYWORDS_${command})
  foreach(keyword IN LISTS keywords)
    get_property(arg_${keyword} TARGET "${target}" PROPERTY GANTRY_${keyword})
    if("${arg_${keyword}}" MATCHES "\n")
      gantry_detail_check_newline("${command}(${target})" ${keyword})
    endif()
  endforeach()
endfunction()

# Ends the configuration unless `value` can be the name of a target.
function(gantry_detail_check_base where value)
  if(value MATCHES "^(oci|docker-archive):$")
    message(FATAL_ERROR "${where}: BASE '${value}' names no place after the colon")
  endif()
  gantry_detail_is_reference(is_reference "${value}")
  if(value MATCHES "[/:@]" AND NOT TARGET "${value}" AND NOT is_reference)
    message(
      FATAL_ERROR
        "${where}: BASE '${value}' names no registry: its first part has no dot or port.\n"
        "Write docker.io/library/debian:bookworm for Docker's debian:bookworm. BASE takes a"
        " reference, an image target, oci:<layout>[:tag], docker-archive:<tar> or scratch.")
  endif()
endfunction()

# Ends the configuration unless `target` is one of Gantry's targets of this kind.
function(gantry_detail_require_kind where keyword target kind)
  if(TARGET "${target}")
    get_property(found TARGET "${target}" PROPERTY GANTRY_KIND)
    if(NOT found STREQUAL kind)
      message(
        FATAL_ERROR
          "${where}: ${keyword} '${target}' is a target, but not one that gantry_add_${kind}() made"
      )
    endif()
    return()
  endif()
  set(hint "There is no target of that kind.")
  get_property(known GLOBAL PROPERTY GANTRY_DETAIL_ALL_${kind})
  if(known)
    gantry_detail_nearest(nearest distance "${target}" "${known}")
    set(hint "Did you mean ${nearest}?")
  endif()
  message(
    FATAL_ERROR "${where}: ${keyword} '${target}' is no target of gantry_add_${kind}(). ${hint}")
endfunction()
