# Base images in registries: one command per (reference, platforms) fetches what the lock file pins,
# at build time and never before. It brings manifest and configuration; layers come when an image's
# command, or another, reads them.

# gantry_detail_is_reference(<out> <value>): whether it names a registry: a host with a dot or a
# port, or localhost, and a path.
function(gantry_detail_is_reference out value)
  set(${out} FALSE PARENT_SCOPE)
  if(value MATCHES "^([^/]*[.:][^/]*|localhost)/." AND NOT value MATCHES "^(oci|docker-archive):")
    set(${out} TRUE PARENT_SCOPE)
  endif()
endfunction()

# gantry_detail_add_base(<out target> <reference> <image> <platforms of the image>)
function(gantry_detail_add_base out reference image platforms)
  string(SHA256 hash "${reference}\n${platforms}")
  string(SUBSTRING "${hash}" 0 12 hash)
  set(target "gantry_base_${hash}")
  set(${out} "${target}" PARENT_SCOPE)
  set_property(GLOBAL APPEND PROPERTY GANTRY_DETAIL_BASES "${reference}")
  if(TARGET "${target}")
    return()
  endif()
  set(wanted "$<GENEX_EVAL:$<TARGET_PROPERTY:${image},GANTRY_PLATFORMS>>")
  gantry_detail_add_output(
    "${target}"
    KIND
    base
    OUTPUT
    "${CMAKE_BINARY_DIR}/gantry/bases/${hash}.image"
    FOLDER
    "Gantry/Internal"
    COMMENT
    "Fetching base ${reference}"
    ARGUMENTS
    image
    base
    "${reference}"
    "$<$<NOT:$<STREQUAL:${wanted},>>:--platform;$<JOIN:${wanted},;--platform;>>"
    --lock
    "${CMAKE_SOURCE_DIR}/gantry.lock"
    --store
    "${CMAKE_BINARY_DIR}/gantry/store")
endfunction()

# update_bases, which pins what the references of all bases name now.
function(gantry_detail_add_update_bases)
  get_property(references GLOBAL PROPERTY GANTRY_DETAIL_BASES)
  if(NOT references OR TARGET update_bases)
    return()
  endif()
  list(REMOVE_DUPLICATES references)
  add_custom_target(
    update_bases
    COMMAND Gantry::gantry image base ${references} --update --lock
            "${CMAKE_SOURCE_DIR}/gantry.lock" --store "${CMAKE_BINARY_DIR}/gantry/store"
    COMMENT "Looking base images up again"
    USES_TERMINAL VERBATIM)
  set_target_properties(update_bases PROPERTIES FOLDER "Gantry/Publish")
endfunction()
