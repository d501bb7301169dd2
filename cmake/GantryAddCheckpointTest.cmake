#[=======================================================================[.rst:
GantryAddCheckpointTest
-----------------------

Runs a command beside, or in, a fresh clone of a checkpoint, as a CTest: with a
disk, memory, host name, addresses and random numbers that no other test sees.

.. code-block:: cmake

  gantry_add_checkpoint_test(NAME <test> CHECKPOINT <target>
    COMMAND <command>... [IN_GUEST]
    [TIMEOUT <seconds>] [LABELS <label>...])

``NAME <test>``
  The name of the test.

``CHECKPOINT <target>``
  A target of ``gantry_add_checkpoint()``.

``COMMAND <command>...``
  What is run, on the host. The ports of the guest are at 127.0.0.1, in the
  variables ``GANTRY_VM_PORT_<guest's port>``.

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
  set(one CHECKPOINT NAME TIMEOUT)
  set(many COMMAND LABELS)
  cmake_parse_arguments(PARSE_ARGV 0 arg "${options}" "${one}" "${many}")
  set(where "gantry_add_checkpoint_test(NAME ${arg_NAME})")
  gantry_detail_check_arguments("${where}" "${options}" ${one} ${many})
  gantry_detail_require_arguments("${where}" NAME CHECKPOINT COMMAND)
  gantry_detail_require_optional_tool("${where}" gantry-vm)
  set(in_guest)
  if(arg_IN_GUEST)
    set(in_guest --in-guest)
  endif()
  gantry_detail_directory(directory checkpoints)
  add_test(
    NAME "${arg_NAME}"
    COMMAND Gantry::gantry-vm run "${directory}/${arg_CHECKPOINT}.checkpoint" --store
            "${CMAKE_BINARY_DIR}/gantry/vm" ${in_guest} -- ${arg_COMMAND} COMMAND_EXPAND_LISTS)
  set_tests_properties("${arg_NAME}" PROPERTIES LABELS "checkpoint;full;needs-vm;${arg_LABELS}")
  if(DEFINED arg_TIMEOUT)
    set_tests_properties("${arg_NAME}" PROPERTIES TIMEOUT "${arg_TIMEOUT}")
  endif()
  set_property(GLOBAL APPEND PROPERTY GANTRY_DETAIL_CHECKPOINT_TESTS
                                      "${arg_CHECKPOINT}|NAME ${arg_NAME}")
  gantry_detail_finish_later()
endfunction()
