#[=======================================================================[.rst:
GantryAddImageTest
------------------

Makes a CTest that looks into an image, or runs it.

.. code-block:: cmake

  gantry_add_image_test(NAME <test> IMAGE <target>
    [FILES <path[:mode[:owner]]>...] [USER <user>]
    [CONFIG <json pointer>=<value>...]
    [COMMAND <arg>...] [EXPECT_STDOUT <regex>] [LABELS <label>...])

Looking needs neither a daemon nor privileges. A COMMAND is run by docker or
podman where they work, else in a sandbox of Gantry's own; where nothing can run
it, the test is skipped and says why. The test takes the image as it was last
built: build first. Its labels are ``image``, ``smoke`` and those of LABELS.

``NAME <test>``
  The name of the test.

``IMAGE <target>``
  The image, also one that is made later.

``FILES <path[:mode[:owner]]>...``
  Files that must be in the image: ``/usr/bin/app:0755:root``. The owner is a
  name or a number, with a group if you like: ``0:0``.

``USER <user>``
  The user that the image must run as.

``CONFIG <json pointer>=<value>...``
  What the image's config must say: ``/config/WorkingDir=/srv``.

``COMMAND <arg>...``
  Runs the image with these arguments, which must succeed.

``EXPECT_STDOUT <regex>``
  What the command's output must match; without COMMAND, the image is run as it
  is.

``LABELS <label>...``
  Further labels of the test.

The values take generator expressions. Example, which is one of Gantry's own
tests:

.. code-block:: cmake

  gantry_add_image_test(NAME app.content IMAGE app
    FILES /usr/share/hello/hello.txt:0644 /etc/hello.conf
    CONFIG /config/WorkingDir=/usr/share/hello)
#]=======================================================================]
function(gantry_add_image_test)
  set(options)
  set(one EXPECT_STDOUT IMAGE NAME USER)
  set(many COMMAND CONFIG FILES LABELS)
  cmake_parse_arguments(PARSE_ARGV 0 arg "${options}" "${one}" "${many}")
  set(where "gantry_add_image_test(${arg_NAME})")
  gantry_detail_check_arguments("${where}" "${options}" ${one} ${many})
  gantry_detail_require_arguments("${where}" NAME IMAGE)
  gantry_detail_require_tool("${where}")
  if(NOT DEFINED arg_COMMAND
     AND NOT DEFINED arg_EXPECT_STDOUT
     AND NOT DEFINED arg_FILES
     AND NOT DEFINED arg_USER
     AND NOT DEFINED arg_CONFIG)
    message(
      FATAL_ERROR "${where}: it checks nothing: give COMMAND, EXPECT_STDOUT, FILES, USER or CONFIG")
  endif()

  set(arguments)
  foreach(pair IN ITEMS FILES:--file USER:--user CONFIG:--config EXPECT_STDOUT:--expect-stdout)
    string(REGEX MATCH "^(.*):(.*)$" matched "${pair}")
    set(option ${CMAKE_MATCH_2})
    foreach(value IN LISTS arg_${CMAKE_MATCH_1})
      string(REPLACE ";" "\\;" value "${value}")
      list(APPEND arguments ${option} "${value}")
    endforeach()
  endforeach()
  if(DEFINED arg_COMMAND)
    list(APPEND arguments --)
    foreach(value IN LISTS arg_COMMAND)
      string(REPLACE ";" "\\;" value "${value}")
      list(APPEND arguments "${value}")
    endforeach()
  endif()
  gantry_detail_directory(directory images)
  add_test(NAME "${arg_NAME}" COMMAND "$<TARGET_FILE:Gantry::gantry>" image test
                                      "${directory}/${arg_IMAGE}.image" ${arguments})
  set_tests_properties("${arg_NAME}" PROPERTIES SKIP_RETURN_CODE 77 LABELS
                                                "image;smoke;${arg_LABELS}")
  set_property(GLOBAL APPEND PROPERTY GANTRY_DETAIL_TESTS "${arg_IMAGE}|${arg_NAME}")
  gantry_detail_finish_later()
endfunction()
