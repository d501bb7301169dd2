#[=======================================================================[.rst:
GantryAddDeviceState
--------------------

Makes the state of a simulated drive that has been used a target: a file, which
sweeps, demos and ``gantry ssd run --state`` begin with, so that a long warm-up
is simulated once.

.. code-block:: cmake

  gantry_add_device_state(<target> DEVICE <profile|file|state target>
    [PRECONDITION <option>=<value>...]
    [EXCLUDE_FROM_ALL])

The state is made again when the description, an option or the simulator has
changed, and only if that makes another state of it; what any build tree of the
user has made is taken from the user's cache. Its path is in the target's
property ``GANTRY_OUTPUT``, for commands of your own:
``$<GENEX_EVAL:$<TARGET_PROPERTY:drive,GANTRY_OUTPUT>>``.

``DEVICE <profile|file|state target>``
  The name of a profile (``gantry ssd config list`` has them), the file of a
  description, relative to the current source directory, or a target of this
  command, to go on from its state. What has a ``/`` or a ``.`` in its name, and
  is no target, is a file.

``PRECONDITION <option>=<value>...``
  What the drive has been through, in the options of ``gantry ssd precondition``
  without their dashes: ``fill=sequential pattern=zipf:0.99 bytes=20GiB``. The
  default is ``fill=random``, the steady state of random writes, and no fill for
  one that goes on from a state.

``EXCLUDE_FROM_ALL``
  Made only when something needs it.

The keywords are target properties, too, and take generator expressions.
Example, which is one of Gantry's own tests:

.. code-block:: cmake

  gantry_add_device_state(worn DEVICE drive.json
    PRECONDITION fill=random pattern=hot-cold:80%/20% bytes=64MiB)
  gantry_add_sweep(depths DEVICE worn
    VARY queue-depth=1,8,32
    WORKLOAD read=70% time=20ms)
#]=======================================================================]
function(gantry_add_device_state target)
  set(where "gantry_add_device_state(${target})")
  set(options EXCLUDE_FROM_ALL)
  set(one DEVICE)
  set(many PRECONDITION)
  cmake_parse_arguments(PARSE_ARGV 1 arg "${options}" "${one}" "${many}")
  gantry_detail_check_arguments("${where}" "${options}" ${one} ${many})
  gantry_detail_check_target("${where}" "${target}")
  gantry_detail_require_optional_tool("${where}" gantry-ssd)

  set(all ALL)
  if(arg_EXCLUDE_FROM_ALL)
    set(all)
  endif()
  gantry_detail_directory(directory devices)
  gantry_detail_add_output(
    "${target}"
    ${all}
    PROGRAM
    Gantry::gantry-ssd
    KIND
    device_state
    OUTPUT
    "${directory}/${target}.state"
    BYPRODUCTS
    "${directory}/${target}.state.key"
    FOLDER
    "Gantry/Devices"
    COMMENT
    "Preconditioning device ${target}"
    DEPENDS
    "${directory}/${target}.spec"
    "$<GENEX_EVAL:$<TARGET_PROPERTY:${target},GANTRY_DETAIL_INPUTS>>"
    ARGUMENTS
    precondition
    --cached
    --spec
    "${directory}/${target}.spec")
  gantry_detail_write_device_spec("${target}" "${directory}/${target}.spec" option=PRECONDITION)
  gantry_detail_set_device_properties(gantry_add_device_state "${target}" "${given}")
  set_property(GLOBAL APPEND PROPERTY GANTRY_DETAIL_ALL_device_state "${target}")
endfunction()
