# What publishing attaches to an image: bill of materials, provenance and signature.

# The options of `gantry image publish` that say so. Nothing of it is in the image's spec.
function(gantry_detail_attest_arguments out target)
  gantry_detail_directory(directory images)
  gantry_detail_write_build_record("${target}" "${directory}/${target}.build")
  set(sbom "$<BOOL:$<TARGET_PROPERTY:${target},GANTRY_SBOM>>")
  set(provenance "$<BOOL:$<TARGET_PROPERTY:${target},GANTRY_PROVENANCE>>")
  set(key "$<GENEX_EVAL:$<TARGET_PROPERTY:${target},GANTRY_SIGN_KEY>>")
  string(REPLACE "," "$<COMMA>" directory_of_key "${CMAKE_CURRENT_SOURCE_DIR}")
  set(is_signed "$<NOT:$<STREQUAL:${key},>>")
  set(${out}
      "$<${sbom}:--sbom>"
      "$<${provenance}:--provenance>"
      "$<${is_signed}:--sign-key;$<PATH:ABSOLUTE_PATH,NORMALIZE,${key},${directory_of_key}>>"
      "$<$<OR:${sbom},${provenance}>:--build-record;${directory}/${target}.build>"
      "$<$<OR:${sbom},${provenance},${is_signed}>:--attached;${directory}/${target}.attached>"
      PARENT_SCOPE)
endfunction()

# What the program cannot know of the build: one `key value` a line, as a spec. An empty value is an
# absent one. Of an index, compilers and build type are those of other build trees; where nothing is
# installed, nothing was compiled.
function(gantry_detail_write_build_record target file)
  set(compiled "$<BOOL:$<FILTER:$<TARGET_PROPERTY:GANTRY_INSTALL_COMPONENTS>,INCLUDE,.>>")
  set(compiler "")
  foreach(language IN ITEMS CXX C)
    if(CMAKE_${language}_COMPILER_ID AND NOT compiler)
      string(APPEND compiler "compiler ${CMAKE_${language}_COMPILER_ID}\n"
             "compiler-version ${CMAKE_${language}_COMPILER_VERSION}\n")
    endif()
  endforeach()
  set(text "gantry-build 1\ntarget ${target}\n")
  foreach(line IN ITEMS "preset ${GANTRY_PRESET}" "project ${PROJECT_NAME}"
                        "project-version ${PROJECT_VERSION}" "homepage ${PROJECT_HOMEPAGE_URL}")
    string(REPLACE "\n" " " line "${line}")
    string(REPLACE "$<" "$<1:$><" line "${line}")
    string(APPEND text "${line}\n")
  endforeach()
  string(APPEND text "$<${compiled}:build-type $<CONFIG>\n${compiler}>")
  string(APPEND text
         "prebuilt $<JOIN:$<GENEX_EVAL:$<TARGET_PROPERTY:GANTRY_PREBUILT>>,\nprebuilt >\n")
  file(GENERATE OUTPUT "${file}" CONTENT "${text}" TARGET "${target}")
endfunction()
