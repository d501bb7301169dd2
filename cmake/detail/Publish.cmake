# Publishing and loading, which images, indexes of images and checkpoints have in common.

# The properties that say where to publish and under which tags, from the caller's arg_REPOSITORY,
# arg_TAGS, arg_TAG_PREFIX and arg_TAG_RULES.
function(gantry_detail_set_place target)
  if(NOT DEFINED arg_REPOSITORY AND NOT "${DEFAULT_GANTRY_REPOSITORY}" STREQUAL "")
    string(TOLOWER "${DEFAULT_GANTRY_REPOSITORY}/${target}" arg_REPOSITORY)
  endif()
  set_property(TARGET "${target}" PROPERTY GANTRY_REPOSITORY "${arg_REPOSITORY}")
  set(TAGS latest ${PROJECT_VERSION})
  set(TAG_PREFIX v)
  set(TAG_RULES)
  foreach(keyword IN ITEMS TAGS TAG_PREFIX TAG_RULES)
    if(DEFINED arg_${keyword})
      set_property(TARGET "${target}" PROPERTY GANTRY_${keyword} "${arg_${keyword}}")
    elseif(NOT DEFINED DEFAULT_GANTRY_${keyword})
      set_property(TARGET "${target}" PROPERTY GANTRY_${keyword} "${${keyword}}")
    endif()
  endforeach()
endfunction()

# publish_<target>, and publish_<noun> that publishes all. A checkpoint is packed first, and asked
# before it gets its tags.
function(gantry_detail_add_publish target noun all)
  get_property(output TARGET "${target}" PROPERTY GANTRY_OUTPUT)
  gantry_detail_tag_arguments(tags tags_from_git "${target}")
  set(repository "$<GENEX_EVAL:$<TARGET_PROPERTY:${target},GANTRY_REPOSITORY>>")
  set(is_layout "$<STREQUAL:${repository},>")
  set(layout "oci:${CMAKE_BINARY_DIR}/gantry/published/${target}")
  set(place "$<${is_layout}:${layout}>$<$<NOT:${is_layout}>:${repository}>")
  set(pack)
  set(put "$<0:>")
  set(ask "$<0:>")
  set(script)
  set(attestations)
  if(noun STREQUAL "checkpoint")
    gantry_detail_smoke_commands(put ask "${target}" "${place}")
    set(script DEPENDS "$<GENEX_EVAL:$<TARGET_PROPERTY:${target},GANTRY_DETAIL_SMOKE>>")
    set(pack COMMAND Gantry::gantry-vm pack "${output}" --store "${CMAKE_BINARY_DIR}/gantry/vm"
             --output "${output}.image")
    string(APPEND output ".image")
  else()
    gantry_detail_attest_arguments(attestations "${target}")
  endif()
  add_custom_target(
    "publish_${target}"
    ${pack}
    COMMAND "${put}"
    COMMAND "${ask}"
    COMMAND Gantry::gantry image publish "${output}" --to "${place}" "${tags}" "${tags_from_git}"
            "${attestations}" ${script}
    COMMENT "Publishing ${noun} ${target}"
    USES_TERMINAL COMMAND_EXPAND_LISTS VERBATIM)
  set_target_properties("publish_${target}" PROPERTIES FOLDER "Gantry/Publish")
  add_dependencies("publish_${target}" "${target}")
  if(NOT all)
    return()
  endif()
  if(NOT TARGET publish_${noun})
    add_custom_target(publish_${noun})
    set_target_properties(publish_${noun} PROPERTIES FOLDER "Gantry/Publish")
  endif()
  add_dependencies(publish_${noun} "publish_${target}")
endfunction()

# The commands that put a packed checkpoint to a place by its digest alone, and run its smoke test on
# what is there; empty without a smoke test.
function(gantry_detail_smoke_commands put ask target place)
  get_property(output TARGET "${target}" PROPERTY GANTRY_OUTPUT)
  set(script "$<GENEX_EVAL:$<TARGET_PROPERTY:${target},GANTRY_DETAIL_SMOKE>>")
  set(timeout "$<GENEX_EVAL:$<TARGET_PROPERTY:${target},GANTRY_TIMEOUT>>")
  set(is_asked "$<NOT:$<STREQUAL:${script},>>")
  set(${put}
      "$<${is_asked}:$<TARGET_FILE:Gantry::gantry>;image;publish;${output}.image;--to;${place}>"
      PARENT_SCOPE)
  set(${ask}
      "$<${is_asked}:$<TARGET_FILE:Gantry::gantry-vm>;smoke;${output};${script};--store;${CMAKE_BINARY_DIR}/gantry/vm;--from;${place};$<$<NOT:$<STREQUAL:${timeout},>>:--timeout=${timeout}>>"
      PARENT_SCOPE)
endfunction()

# load_<target>, into docker or podman, under the names that it is published under.
function(gantry_detail_add_load target)
  get_property(output TARGET "${target}" PROPERTY GANTRY_OUTPUT)
  gantry_detail_tag_arguments(tags tags_from_git "${target}")
  set(repository "$<GENEX_EVAL:$<TARGET_PROPERTY:${target},GANTRY_REPOSITORY>>")
  set(is_local "$<STREQUAL:${repository},>")
  string(TOLOWER "${target}" name)
  add_custom_target(
    "load_${target}"
    COMMAND Gantry::gantry image load "${output}" --name
            "$<${is_local}:${name}>$<$<NOT:${is_local}>:${repository}>" "${tags}" "${tags_from_git}"
    COMMENT "Loading image ${target}"
    USES_TERMINAL COMMAND_EXPAND_LISTS VERBATIM)
  set_target_properties("load_${target}" PROPERTIES FOLDER "Gantry/Load")
  add_dependencies("load_${target}" "${target}")
endfunction()

# The options of `gantry image publish` and `gantry image load` that say which tags: those by name, and those from git.
function(gantry_detail_tag_arguments named automatic target)
  set(tags "$<GENEX_EVAL:$<TARGET_PROPERTY:${target},GANTRY_TAGS>>")
  set(rules "$<GENEX_EVAL:$<TARGET_PROPERTY:${target},GANTRY_TAG_RULES>>")
  set(names "$<FILTER:${tags},EXCLUDE,^AUTO$>")
  set(git
      --tags-from-git "${PROJECT_SOURCE_DIR}" --tag-prefix
      "$<TARGET_PROPERTY:${target},GANTRY_TAG_PREFIX>"
      "$<$<NOT:$<STREQUAL:${rules},>>:--tag-rule;$<JOIN:${rules},;--tag-rule;>>")
  set(${named} "$<$<NOT:$<STREQUAL:${names},>>:--tag;$<JOIN:${names},;--tag;>>" PARENT_SCOPE)
  set(${automatic} "$<$<IN_LIST:AUTO,${tags}>:${git}>" PARENT_SCOPE)
endfunction()
