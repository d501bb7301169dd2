# The spec file of an image: one `key value` a line, all values read from the target's properties
# when the build system is generated, so that they may be set after the call and hold generator
# expressions. The program parses it: CMake never writes JSON.

# gantry_detail_write_spec(<target> <file>)
function(gantry_detail_write_spec target file)
  get_property(keys GLOBAL PROPERTY GANTRY_DETAIL_SPEC_KEYS)
  if(NOT keys)
    gantry_detail_spec_keys(keys)
    set_property(GLOBAL PROPERTY GANTRY_DETAIL_SPEC_KEYS "${keys}")
  endif()
  set(head "gantry-image 1\nname ${target}\n")
  gantry_detail_default_label(head title "${target}")
  gantry_detail_default_label(head version "${PROJECT_VERSION}")
  gantry_detail_default_label(head description "${PROJECT_DESCRIPTION}")
  gantry_detail_default_label(head url "${PROJECT_HOMEPAGE_URL}")
  file(GENERATE OUTPUT "${file}" CONTENT "${head}source-directory ${PROJECT_SOURCE_DIR}\n${keys}"
                                         TARGET "${target}")
endfunction()

function(gantry_detail_default_label text name value)
  if(NOT value STREQUAL "")
    string(REPLACE "\n" " " value "${value}")
    string(REPLACE "$<" "$<1:$><" value "${value}")
    set(${text} "${${text}}default-label org.opencontainers.image.${name}=${value}\n" PARENT_SCOPE)
  endif()
endfunction()

# The lines that are the same for every image: a key with an empty value is an absent key.
function(gantry_detail_spec_keys out)
  set(text "base $<GENEX_EVAL:$<TARGET_PROPERTY:GANTRY_DETAIL_BASE>>\n")
  string(APPEND text "rootfs $<GENEX_EVAL:$<TARGET_PROPERTY:GANTRY_DETAIL_ROOTFS>>\n")
  string(APPEND text
         "runtime-libraries $<IF:$<BOOL:$<TARGET_PROPERTY:GANTRY_RUNTIME_LIBRARIES>>,on,off>\n")
  foreach(
    key IN
    ITEMS layer:DETAIL_LAYERS
          platform:PLATFORMS
          compression:COMPRESSION
          entrypoint:ENTRYPOINT
          cmd:CMD
          env:ENV
          user:USER
          workdir:WORKDIR
          port:PORTS
          prebuilt:PREBUILT
          volume:VOLUMES
          stop-signal:STOP_SIGNAL
          healthcheck:HEALTHCHECK
          label:LABELS
          annotation:ANNOTATIONS)
    string(REGEX MATCH "^(.*):(.*)$" matched "${key}")
    set(key ${CMAKE_MATCH_1})
    string(APPEND text
           "${key} $<JOIN:$<GENEX_EVAL:$<TARGET_PROPERTY:GANTRY_${CMAKE_MATCH_2}>>,\n${key} >\n")
  endforeach()
  set(is_auto "$<IN_LIST:AUTO,$<TARGET_PROPERTY:GANTRY_TAGS>>")
  string(APPEND text "$<${is_auto}:version-tags $<TARGET_PROPERTY:GANTRY_TAG_PREFIX>*\n>")
  set(licenses "$<TARGET_PROPERTY:GANTRY_LICENSES>")
  string(
    APPEND
    text
    "$<$<NOT:$<STREQUAL:${licenses},>>:default-label org.opencontainers.image.licenses=${licenses}\n>"
  )
  set(${out} "${text}" PARENT_SCOPE)
endfunction()
