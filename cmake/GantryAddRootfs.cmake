#[=======================================================================[.rst:
GantryAddRootfs
---------------

Makes a Debian root file system from packages, reproducibly, for images to stand
on.

.. code-block:: cmake

  gantry_add_rootfs(<target> SUITE <suite> [PACKAGES <package>...]
    [ARCHITECTURE <arch>] [MIRROR <url>] [EXCLUDE_FROM_ALL])

The target runs mmdebstrap when it is built, not before; the result is one tar
that ``gantry_add_image(... ROOTFS <target>)`` takes as its lowest layer.

``SUITE <suite>``
  The release, for example ``bookworm``.

``PACKAGES <package>...``
  Packages on top of the essential ones.

``ARCHITECTURE <arch>``
  Debian's name of the architecture, default that of the machine: ``arm64``.

``MIRROR <url>``
  Where the packages come from, default the machine's own sources.

``EXCLUDE_FROM_ALL``
  Built only when an image needs it.

Example, which is one of Gantry's own tests:

.. code-block:: cmake

  gantry_add_rootfs(debian SUITE bookworm PACKAGES ca-certificates)
  gantry_add_image(service ROOTFS debian INSTALL_COMPONENTS service)
#]=======================================================================]
function(gantry_add_rootfs target)
  set(where "gantry_add_rootfs(${target})")
  set(options EXCLUDE_FROM_ALL)
  set(one ARCHITECTURE MIRROR SUITE)
  set(many PACKAGES)
  cmake_parse_arguments(PARSE_ARGV 1 arg "${options}" "${one}" "${many}")
  gantry_detail_check_arguments("${where}" "${options}" ${one} ${many})
  gantry_detail_require_arguments("${where}" SUITE)
  gantry_detail_require_tool("${where}")
  if(TARGET "${target}")
    message(FATAL_ERROR "${where}: there is already a target ${target}")
  endif()

  set(arguments --suite "${arg_SUITE}")
  foreach(package IN LISTS arg_PACKAGES)
    list(APPEND arguments --package "${package}")
  endforeach()
  foreach(pair IN ITEMS ARCHITECTURE:--architecture MIRROR:--mirror)
    string(REGEX MATCH "^(.*):(.*)$" matched "${pair}")
    if(DEFINED arg_${CMAKE_MATCH_1})
      list(APPEND arguments ${CMAKE_MATCH_2} "${arg_${CMAKE_MATCH_1}}")
    endif()
  endforeach()
  set(all ALL)
  if(arg_EXCLUDE_FROM_ALL)
    set(all)
  endif()
  gantry_detail_add_output(
    "${target}"
    ${all}
    KIND
    rootfs
    OUTPUT
    "${CMAKE_BINARY_DIR}/gantry/rootfs/${target}.rootfs.tar"
    FOLDER
    "Gantry/Root file systems"
    COMMENT
    "Building root file system ${target}"
    ARGUMENTS
    rootfs
    build
    ${arguments}
    --store
    "${CMAKE_BINARY_DIR}/gantry/store")
  set_property(GLOBAL APPEND PROPERTY GANTRY_DETAIL_ALL_rootfs "${target}")
endfunction()
