#[=======================================================================[.rst:
GantryAddImageIndex
-------------------

Makes an image index a target: one name for images of several platforms, of
which every machine pulls its own.

.. code-block:: cmake

  gantry_add_image_index(<target> IMAGES <image>...
    [REPOSITORY <host/path>]
    [TAGS <tag>...|AUTO] [TAG_PREFIX <text>] [TAG_RULES <rule>...]
    [SBOM] [PROVENANCE] [SIGN_KEY <pem file>]
    [EXCLUDE_FROM_ALL])

Makes the targets ``<target>``, which joins the images into the build tree's
store, ``publish_<target>``, which publishes the index with all its images, and
``load_<target>``, which gives docker or podman the image for this machine.
Where the platforms' files lie side by side, ``gantry_add_image(... PREBUILT ...
PLATFORMS ...)`` is simpler.

``IMAGES <image>...``
  Image targets; files ``<target>.image`` of other build trees, or what such a
  tree published: ``oci:<layout dir>[:<tag>]``. Paths are relative to the
  current binary directory. An index contributes all its images. Two images for
  one platform are an error.

``REPOSITORY <host/path>``
  As of ``gantry_add_image()``.

``TAGS <tag>...``
  As of ``gantry_add_image()``.

``TAG_PREFIX <text>``
  As of ``gantry_add_image()``.

``TAG_RULES <rule>...``
  As of ``gantry_add_image()``.

``SBOM``
  As of ``gantry_add_image()``, for each image of the index.

``PROVENANCE``
  As of ``gantry_add_image()``, for each image of the index. What only the build
  trees of the images know, such as their compilers, is left out.

``SIGN_KEY <pem file>``
  As of ``gantry_add_image()``.

``EXCLUDE_FROM_ALL``
  The index is built only when it is asked for, and ``publish_image`` leaves it
  out.

Example, which is one of Gantry's own tests:

.. code-block:: cmake

  gantry_add_image_index(everywhere
    IMAGES "${CMAKE_SOURCE_DIR}/../build-amd64/gantry/images/app.image"
           "${CMAKE_SOURCE_DIR}/../build-arm64/gantry/images/app.image")
#]=======================================================================]
function(gantry_add_image_index target)
  set(where "gantry_add_image_index(${target})")
  set(options EXCLUDE_FROM_ALL PROVENANCE SBOM)
  set(one REPOSITORY SIGN_KEY TAG_PREFIX)
  set(many IMAGES TAG_RULES TAGS)
  cmake_parse_arguments(PARSE_ARGV 1 arg "${options}" "${one}" "${many}")
  gantry_detail_check_arguments("${where}" "${options}" ${one} ${many})
  gantry_detail_require_arguments("${where}" IMAGES)
  gantry_detail_check_image("${where}" "${target}")
  gantry_detail_require_tool("${where}")

  gantry_detail_directory(directory images)
  set(all ALL)
  if(arg_EXCLUDE_FROM_ALL)
    set(all)
  endif()
  gantry_detail_index_images(references inputs)
  gantry_detail_add_output(
    "${target}"
    ${all}
    KIND
    image
    OUTPUT
    "${directory}/${target}.image"
    BYPRODUCTS
    "${directory}/${target}.digest"
    FOLDER
    "Gantry/Images"
    COMMENT
    "Joining images into ${target}"
    DEPENDS
    ${inputs}
    ARGUMENTS
    image
    index
    ${references}
    --store
    "${CMAKE_BINARY_DIR}/gantry/store")
  foreach(keyword IN ITEMS PROVENANCE SBOM SIGN_KEY)
    if(arg_${keyword})
      set_property(TARGET "${target}" PROPERTY GANTRY_${keyword} "${arg_${keyword}}")
    endif()
  endforeach()
  gantry_detail_set_place("${target}")
  gantry_detail_add_publish("${target}" image "${all}")
  gantry_detail_add_load("${target}")
  set_property(GLOBAL APPEND PROPERTY GANTRY_DETAIL_ALL_image "${target}")
  gantry_detail_finish_later()
endfunction()

# What the program is told of the caller's arg_IMAGES, and the files and targets that decide it.
function(gantry_detail_index_images references inputs)
  set(names)
  set(files)
  foreach(image IN LISTS arg_IMAGES)
    if(TARGET "${image}")
      gantry_detail_require_kind("${where}" IMAGES "${image}" image)
      get_property(output TARGET "${image}" PROPERTY GANTRY_OUTPUT)
      list(APPEND names "${output}")
      list(APPEND files "${output}" "${image}")
    elseif(image MATCHES "^oci:(.+)$")
      get_filename_component(layout "${CMAKE_MATCH_1}" ABSOLUTE BASE_DIR
                             "${CMAKE_CURRENT_BINARY_DIR}")
      list(APPEND names "oci:${layout}")
    elseif(image MATCHES "[.]image$")
      get_filename_component(file "${image}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_BINARY_DIR}")
      list(APPEND names "${file}")
      list(APPEND files "${file}")
    else()
      gantry_detail_require_kind("${where}" IMAGES "${image}" image)
    endif()
  endforeach()
  set(${references} "${names}" PARENT_SCOPE)
  set(${inputs} "${files}" PARENT_SCOPE)
endfunction()
