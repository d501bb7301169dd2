#[=======================================================================[.rst:
GantryAddCheckpointTest
-----------------------

Goes through steps in a fresh clone of a checkpoint, and runs a command beside it, or
in it, as a CTest: with a disk, memory, host name, addresses and random numbers that
no other test sees.

.. code-block:: cmake

  gantry_add_checkpoint_test(NAME <test> CHECKPOINT <target>
    [STEPS <step>...] [COMMAND <command>... [IN_GUEST]]
    [SSH_USER <name>] [SSH_PORT <port>] [SSH_KEY <file>]
    [TIMEOUT <seconds>] [LABELS <label>...])

``NAME <test>``
  The name of the test.

``CHECKPOINT <target>``
  A target of ``gantry_add_checkpoint()``.

``STEPS <step>...``
  What is done in the clone, as ``gantry_add_checkpoint()`` has it for a stage. The
  test fails where a step does; what the console and the steps have said is in
  ``gantry/vm/recordings/test.<test>`` of the build tree.

``SSH_USER <name>``
  Who logs in for ``ssh:`` steps; the default is root.

``SSH_PORT <port>``
  Where; the default is the guest's port 22.

``SSH_KEY <file>``
  The private key for that; the default is Gantry's own.

``COMMAND <command>...``
  What is run after that, on the host; a test without ``STEPS`` needs one. The ports
  of the guest are at 127.0.0.1, in the variables ``GANTRY_VM_PORT_<guest's port>``.

``IN_GUEST``
  Runs the command in the guest, by ``gantry-guest-agent``.

``TIMEOUT <seconds>``
  Of the test; the default is CTest's.

``LABELS <label>...``
  Besides ``checkpoint``, ``full`` and ``needs-vm``.

Clones run side by side under ``ctest -j``: each costs the memory that it writes to,
and one waits for others to end rather than that together they could need more
memory than the host has.
#]=======================================================================]
function(gantry_add_checkpoint_test)
  set(options IN_GUEST)
  set(one CHECKPOINT NAME SSH_KEY SSH_PORT SSH_USER TIMEOUT)
  set(many COMMAND LABELS STEPS)
  cmake_parse_arguments(PARSE_ARGV 0 arg "${options}" "${one}" "${many}")
  set(where "gantry_add_checkpoint_test(NAME ${arg_NAME})")
  gantry_detail_check_arguments("${where}" "${options}" ${one} ${many})
  gantry_detail_require_arguments("${where}" NAME CHECKPOINT)
  if(NOT DEFINED arg_STEPS OR arg_IN_GUEST)
    gantry_detail_require_arguments("${where}" COMMAND)
  endif()
  gantry_detail_require_optional_tool("${where}" gantry-vm)
  set(options)
  if(arg_IN_GUEST)
    set(options --in-guest)
  endif()
  if(DEFINED arg_STEPS)
    string(REGEX REPLACE "[^A-Za-z0-9_.+-]" "_" name "${arg_NAME}")
    list(APPEND options --recording "${CMAKE_BINARY_DIR}/gantry/vm/recordings/test.${name}")
  endif()
  foreach(step IN LISTS arg_STEPS)
    gantry_detail_parse_step("${where}" "${step}" kind file)
    gantry_detail_absolute_path(file "${CMAKE_CURRENT_SOURCE_DIR}")
    list(APPEND options --step "${kind}:${file}")
  endforeach()
  if(DEFINED arg_SSH_KEY)
    gantry_detail_absolute_path(arg_SSH_KEY "${CMAKE_CURRENT_SOURCE_DIR}")
  endif()
  foreach(keyword IN ITEMS SSH_USER SSH_PORT SSH_KEY)
    if(DEFINED arg_${keyword})
      string(TOLOWER "${keyword}" option)
      string(REPLACE "_" "-" option "${option}")
      list(APPEND options "--${option}" "${arg_${keyword}}")
    endif()
  endforeach()
  gantry_detail_directory(directory checkpoints)
  add_test(
    NAME "${arg_NAME}"
    COMMAND Gantry::gantry-vm run "${directory}/${arg_CHECKPOINT}.checkpoint" --store
            "${CMAKE_BINARY_DIR}/gantry/vm" ${options} -- ${arg_COMMAND} COMMAND_EXPAND_LISTS)
  set_tests_properties("${arg_NAME}" PROPERTIES LABELS "checkpoint;full;needs-vm;${arg_LABELS}")
  if(DEFINED arg_TIMEOUT)
    set_tests_properties("${arg_NAME}" PROPERTIES TIMEOUT "${arg_TIMEOUT}")
  endif()
  set_property(GLOBAL APPEND PROPERTY GANTRY_DETAIL_CHECKPOINT_TESTS
                                      "${arg_CHECKPOINT}|NAME ${arg_NAME}")
  gantry_detail_finish_later()
endfunction()
