# Two INTERFACE targets that every own target links privately and no third-party one does: the
# language settings with the sanitizers, and the warnings.
include(GNUInstallDirs)

add_library(gantry_settings INTERFACE)
target_compile_features(gantry_settings INTERFACE cxx_std_20)

set(GANTRY_SANITIZERS "" CACHE STRING
                               "Sanitizers for Gantry's own code, for example address;undefined")
if(GANTRY_SANITIZERS)
  list(JOIN GANTRY_SANITIZERS "," gantry_sanitizers)
  target_compile_options(
    gantry_settings INTERFACE -fsanitize=${gantry_sanitizers} -fno-omit-frame-pointer
                              -fno-sanitize-recover=all)
  target_link_options(gantry_settings INTERFACE -fsanitize=${gantry_sanitizers})
endif()

add_library(gantry_warnings INTERFACE)
target_compile_options(
  gantry_warnings INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wconversion
                            -Wshadow -Wold-style-cast -Wnon-virtual-dtor -Woverloaded-virtual>)

# GCC 12 raises false alarms over std::optional as soon as it optimises.
target_compile_options(
  gantry_warnings
  INTERFACE $<$<AND:$<CXX_COMPILER_ID:GNU>,$<NOT:$<CONFIG:Debug>>>:-Wno-maybe-uninitialized>)

if(PROJECT_IS_TOP_LEVEL AND NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Build type" FORCE)
endif()

# gantry_add_library(<folder> SOURCES <file>... [DEPENDS <target>...]): folder = library = namespace.
# Includes name the folder: they are relative to the one above it, tools or simulator.
function(gantry_add_library folder)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPENDS;PRIVATE_DEPENDS")
  add_library(gantry_${folder} STATIC ${arg_SOURCES})
  add_library(Gantry::${folder} ALIAS gantry_${folder})
  cmake_path(GET CMAKE_CURRENT_SOURCE_DIR PARENT_PATH above)
  target_include_directories(gantry_${folder} PUBLIC "${above}")
  target_link_libraries(gantry_${folder} PUBLIC gantry_settings ${arg_DEPENDS}
                        PRIVATE gantry_warnings ${arg_PRIVATE_DEPENDS})
  # A fuzzer finds its way by the coverage of the code that it calls.
  if(GANTRY_BUILD_FUZZERS)
    target_compile_options(gantry_${folder} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
  set_target_properties(gantry_${folder} PROPERTIES FOLDER "Gantry/Internal" EXCLUDE_FROM_ALL TRUE)
endfunction()
