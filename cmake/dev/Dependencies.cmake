# Every dependency is a package of the system; nothing is downloaded. A missing one is named with the
# Debian package that has it.
function(gantry_require_package name package)
  find_package(${name} ${ARGN} QUIET)
  if(NOT ${name}_FOUND)
    message(
      FATAL_ERROR "Gantry needs ${name}, which was not found.\n"
                  "On Debian: apt-get install ${package}   (or all at once: sh tools/bootstrap.sh)")
  endif()
  set(${name}_FOUND TRUE PARENT_SCOPE)
endfunction()

# gantry_require_library(<name> <header> <debian package>): an imported target Gantry::dep_<name>.
function(gantry_require_library name header package)
  find_library(GANTRY_${name}_LIBRARY NAMES ${name})
  find_path(GANTRY_${name}_INCLUDE_DIR NAMES ${header})
  mark_as_advanced(GANTRY_${name}_LIBRARY GANTRY_${name}_INCLUDE_DIR)
  if(NOT GANTRY_${name}_LIBRARY OR NOT GANTRY_${name}_INCLUDE_DIR)
    message(
      FATAL_ERROR "Gantry needs the library ${name} (${header}), which was not found.\n"
                  "On Debian: apt-get install ${package}   (or all at once: sh tools/bootstrap.sh)")
  endif()
  add_library(gantry_dep_${name} UNKNOWN IMPORTED)
  set_target_properties(
    gantry_dep_${name} PROPERTIES IMPORTED_LOCATION "${GANTRY_${name}_LIBRARY}"
                                  INTERFACE_INCLUDE_DIRECTORIES "${GANTRY_${name}_INCLUDE_DIR}")
endfunction()

# gantry_require_header(<name> <header> <debian package>): the same of what is a header alone.
function(gantry_require_header name header package)
  find_path(GANTRY_${name}_INCLUDE_DIR NAMES ${header})
  mark_as_advanced(GANTRY_${name}_INCLUDE_DIR)
  if(NOT GANTRY_${name}_INCLUDE_DIR)
    message(
      FATAL_ERROR "Gantry needs the header ${header}, which was not found.\n"
                  "On Debian: apt-get install ${package}   (or all at once: sh tools/bootstrap.sh)")
  endif()
  add_library(gantry_dep_${name} INTERFACE IMPORTED GLOBAL)
  set_target_properties(gantry_dep_${name} PROPERTIES INTERFACE_INCLUDE_DIRECTORIES
                                                      "${GANTRY_${name}_INCLUDE_DIR}")
endfunction()

gantry_require_package(Threads libc6-dev)
gantry_require_package(OpenSSL libssl-dev COMPONENTS Crypto)
gantry_require_package(ZLIB zlib1g-dev)
gantry_require_package(nlohmann_json nlohmann-json3-dev)
gantry_require_package(fmt libfmt-dev)
gantry_require_package(CLI11 libcli11-dev)
# Loaded when it is first needed, so nothing is linked with it.
gantry_require_header(curl curl/curl.h libcurl4-openssl-dev)
gantry_require_library(isal isa-l.h libisal-dev)
gantry_require_library(deflate libdeflate.h libdeflate-dev)
gantry_require_library(zstd zstd.h libzstd-dev)

if(GANTRY_WITH_VM)
  find_path(GANTRY_virt_INCLUDE_DIR NAMES libvirt/libvirt.h)
  if(CMAKE_CROSSCOMPILING OR NOT GANTRY_virt_INCLUDE_DIR)
    message(STATUS "Gantry: no virtual machines, since libvirt is not there (libvirt-dev)")
    set(GANTRY_WITH_VM OFF)
  else()
    # Loaded when it is first needed, too.
    gantry_require_header(virt libvirt/libvirt.h libvirt-dev)
    gantry_require_library(ext2fs ext2fs/ext2fs.h libext2fs-dev)
    gantry_require_library(com_err et/com_err.h comerr-dev)
  endif()
endif()
