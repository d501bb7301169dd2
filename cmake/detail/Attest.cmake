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
  string(APPEND text "$<TARGET_PROPERTY:GANTRY_DETAIL_DEPENDENCIES>")
  file(GENERATE OUTPUT "${file}" CONTENT "${text}" TARGET "${target}")
endfunction()

# Tells every image what the whole project is built with; called when all directories have been read.
function(gantry_detail_set_dependencies)
  get_property(images GLOBAL PROPERTY GANTRY_DETAIL_ALL_image)
  gantry_detail_directories_below(directories "${CMAKE_SOURCE_DIR}")
  gantry_detail_fetched(text fetched "${directories}")
  get_property(packages GLOBAL PROPERTY PACKAGES_FOUND)
  list(REMOVE_DUPLICATES packages)
  list(SORT packages)
  foreach(package IN LISTS packages)
    string(TOLOWER "${package}" lower)
    if(NOT lower IN_LIST fetched)
      gantry_detail_first_value(version "${directories}" "${package}_VERSION"
                                "${package}_VERSION_STRING")
      string(APPEND text "found ${package}\t${version}\n")
    endif()
  endforeach()
  foreach(image IN LISTS images)
    set_property(TARGET "${image}" PROPERTY GANTRY_DETAIL_DEPENDENCIES "${text}")
  endforeach()
endfunction()

# The directory, and all that add_subdirectory() has read from it.
function(gantry_detail_directories_below out directory)
  set(all "${directory}")
  get_property(below DIRECTORY "${directory}" PROPERTY SUBDIRECTORIES)
  foreach(subdirectory IN LISTS below)
    gantry_detail_directories_below(more "${subdirectory}")
    list(APPEND all ${more})
  endforeach()
  set(${out} "${all}" PARENT_SCOPE)
endfunction()

# The first of these variables that has a value in one of the directories.
function(gantry_detail_first_value out directories)
  set(${out} "" PARENT_SCOPE)
  foreach(variable IN LISTS ARGN)
    foreach(directory IN LISTS directories)
      get_directory_property(value DIRECTORY "${directory}" DEFINITION "${variable}")
      if(NOT "${value}" STREQUAL "")
        string(REGEX REPLACE "[\t\n]" " " value "${value}")
        set(${out} "${value}" PARENT_SCOPE)
        return()
      endif()
    endforeach()
  endforeach()
endfunction()

# The lines of what FetchContent has made available, and its names in lower case. There is a cache
# variable for each; where it came from is only known as long as FetchContent keeps it as it does.
function(gantry_detail_fetched out_text out_names directories)
  set(text "")
  set(names)
  get_cmake_property(variables CACHE_VARIABLES)
  list(FILTER variables INCLUDE REGEX "^FETCHCONTENT_SOURCE_DIR_.")
  if(NOT COMMAND FetchContent_GetProperties)
    set(variables)
  endif()
  foreach(variable IN LISTS variables)
    string(REPLACE "FETCHCONTENT_SOURCE_DIR_" "" name "${variable}")
    string(TOLOWER "${name}" name)
    FetchContent_GetProperties(${name} POPULATED is_there SOURCE_DIR source)
    if(is_there)
      list(APPEND names "${name}")
      set(version "")
      if(source IN_LIST directories)
        get_directory_property(project DIRECTORY "${source}" DEFINITION PROJECT_SOURCE_DIR)
        if(project STREQUAL source)
          gantry_detail_first_value(version "${source}" PROJECT_VERSION)
        endif()
      endif()
      get_property(details GLOBAL PROPERTY "_FetchContent_${name}_savedDetails")
      cmake_parse_arguments(from "" "GIT_REPOSITORY;GIT_TAG;URL" "" ${details})
      # A name and a password in it are nobody's business.
      string(REGEX REPLACE "^([a-z+]+://)[^/@]*@" "\\1" location
                           "${from_GIT_REPOSITORY}${from_URL}")
      string(APPEND text "fetched ${name}\t${version}\t${location}\t${from_GIT_TAG}\n")
    endif()
  endforeach()
  set(${out_text} "${text}" PARENT_SCOPE)
  set(${out_names} "${names}" PARENT_SCOPE)
endfunction()
