#[=======================================================================[.rst:
GantryVersionFromGit
--------------------

Makes the project's version, as its git tags say it, a header: kept up to date
by the build, without configuring again.

.. code-block:: cmake

  gantry_version_from_git(<prefix> [TAG_PREFIX <text>])

Makes the interface library ``<prefix>_version``, which programs link, and below
it the header ``<prefix>_version.h`` with the macros ``<prefix>_VERSION``, a
string, ``<prefix>_VERSION_MAJOR``, ``_MINOR`` and ``_PATCH``, numbers, and
``<prefix>_REVISION``, the commit. ``<prefix>`` must be a C identifier.

A tag ``vX.Y.Z`` on the commit that is checked out is the version ``X.Y.Z``.
Between tags it is a development version of the next patch, such as
``1.2.4-dev.5+gabc1234`` for the fifth commit after ``v1.2.3``. Without a git
checkout, as in an unpacked archive, it is the version of ``project()``.

``TAG_PREFIX <text>``
  What stands before the version in a tag, default ``v``.

Example, which is one of Gantry's own tests:

.. code-block:: cmake

  gantry_version_from_git(APP)
  add_executable(app app.c)
  target_link_libraries(app PRIVATE APP_version)   # #include "APP_version.h"
#]=======================================================================]
function(gantry_version_from_git prefix)
  set(where "gantry_version_from_git(${prefix})")
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TAG_PREFIX" "")
  gantry_detail_check_arguments("${where}" "" TAG_PREFIX)
  gantry_detail_require_tool("${where}")
  if(NOT prefix MATCHES "^[A-Za-z_][A-Za-z0-9_]*$")
    message(FATAL_ERROR "${where}: '${prefix}' is no C identifier, which the macros' names need")
  endif()
  if(TARGET "${prefix}_version")
    message(FATAL_ERROR "${where}: there is already a target ${prefix}_version")
  endif()
  if(NOT DEFINED arg_TAG_PREFIX)
    set(arg_TAG_PREFIX v)
  endif()
  set(fallback "${PROJECT_VERSION}")
  if(NOT fallback MATCHES "^[0-9]+\\.[0-9]+\\.[0-9]+$")
    set(fallback "0.0.0")
  endif()

  set(directory "${CMAKE_BINARY_DIR}/gantry/version/${prefix}")
  gantry_detail_add_output(
    "gantry_version_${prefix}"
    KIND
    version
    OUTPUT
    "${directory}/${prefix}_version.h"
    FOLDER
    "Gantry/Internal"
    COMMENT
    "Reading version ${prefix} from git"
    ARGUMENTS
    version
    "${PROJECT_SOURCE_DIR}"
    --tag-prefix
    "${arg_TAG_PREFIX}"
    --fallback
    "${fallback}"
    --header
    "${prefix}")
  add_library("${prefix}_version" INTERFACE)
  target_include_directories("${prefix}_version" INTERFACE "$<BUILD_INTERFACE:${directory}>")
  add_dependencies("${prefix}_version" "gantry_version_${prefix}")
endfunction()
