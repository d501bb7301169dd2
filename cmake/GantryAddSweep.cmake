#[=======================================================================[.rst:
GantryAddSweep
--------------

Makes the measurements of a grid of simulated drives and workloads a target: what
if the drive had more channels, the flash were slower, the queue deeper?

.. code-block:: cmake

  gantry_add_sweep(<target> DEVICE <profile|file|state target>
    VARY <json pointer|option>=<value>,<value>...[ ...]
    [WORKLOAD <option>=<value>...]
    [SHARDS <n>]
    [EXCLUDE_FROM_ALL])

The results are in the file of the target's property ``GANTRY_OUTPUT``,
``<build>/gantry/sweeps/<target>.json``, as ``gantry ssd sweep --json`` has them:
the same bytes on every machine, with any number of threads or shards. Beside it,
``<target>.html`` (the property ``GANTRY_REPORT``) shows them as a grid, with what
no other drive is better than and the distributions of all latencies, and
``<target>.md`` is a table for a CI summary. When something has changed, only the
points are simulated that no build tree of the user knows.

``DEVICE <profile|file|state target>``
  The name of a profile (``gantry ssd config list`` has them), the file of a
  description, relative to the current source directory, or a target of
  ``gantry_add_device_state()``, with whose state every point begins.

``VARY <json pointer|option>=<value>,<value>...[ ...]``
  What varies, each with its values; the points are all combinations. A key of
  the device by its JSON pointer, ``/geometry/channels=4,8``, or an option of
  the workload, ``queue-depth=1,8,64``; with a state only options.

``WORKLOAD <option>=<value>...``
  What all points have in common, in the options of ``gantry ssd run`` without
  their dashes: ``read=70% block-size=4KiB time=100ms fill=random``.

``SHARDS <n>``
  The points are simulated by so many commands of the build, which run beside
  the others as far as ``--parallel`` lets them. Without it, one command has a
  thread for each core.

``EXCLUDE_FROM_ALL``
  Measured only when it is asked for.

DEVICE, VARY and WORKLOAD are target properties, too, and take generator
expressions. Example, which is one of Gantry's own tests:

.. code-block:: cmake

  gantry_add_sweep(channels DEVICE drive.json
    VARY /geometry/channels=1,2 queue-depth=1,8
    WORKLOAD fill=sequential read=100% time=2ms
    SHARDS 2)
#]=======================================================================]
function(gantry_add_sweep target)
  set(where "gantry_add_sweep(${target})")
  set(options EXCLUDE_FROM_ALL)
  set(one DEVICE SHARDS)
  set(many VARY WORKLOAD)
  cmake_parse_arguments(PARSE_ARGV 1 arg "${options}" "${one}" "${many}")
  gantry_detail_check_arguments("${where}" "${options}" ${one} ${many})
  gantry_detail_check_target("${where}" "${target}")
  gantry_detail_require_optional_tool("${where}" gantry-ssd)
  if(NOT DEFINED arg_SHARDS)
    set(arg_SHARDS "${DEFAULT_GANTRY_SHARDS}")
  endif()
  if(NOT "${arg_SHARDS}" MATCHES "^([1-9][0-9]?[0-9]?)?$")
    message(FATAL_ERROR "${where}: SHARDS '${arg_SHARDS}' is no number from 1 to 999")
  endif()

  set(all ALL)
  if(arg_EXCLUDE_FROM_ALL)
    set(all)
  endif()
  gantry_detail_directory(directory sweeps)
  gantry_detail_add_sweep_shards(parts "${directory}")
  gantry_detail_add_sweep_step("gantry_sweep_${target}" "${target}.json"
                               "Simulating sweep ${target}" DEPENDS ${parts})
  if(steps)
    add_dependencies("gantry_sweep_${target}" ${steps})
  endif()
  gantry_detail_add_sweep_report("${target}" "${all}")
  gantry_detail_write_device_spec("${target}" "${directory}/${target}.spec" vary=VARY
                                  option=WORKLOAD)
  list(REMOVE_ITEM given SHARDS)
  gantry_detail_set_device_properties(gantry_add_sweep "${target}" "${given}")
  set_property(TARGET "${target}" PROPERTY GANTRY_DETAIL_STEPS "gantry_sweep_${target}" ${steps})
  set_property(GLOBAL APPEND PROPERTY GANTRY_DETAIL_ALL_sweep "${target}")
endfunction()

# gantry_detail_add_sweep_step(<step> <file> <comment> [DEPENDS <file>...] [ARGUMENTS <argument>...]):
# a command that simulates points of the caller's `target`, into a file in its `directory`.
function(gantry_detail_add_sweep_step step file comment)
  cmake_parse_arguments(PARSE_ARGV 3 arg "" "" "DEPENDS;ARGUMENTS")
  gantry_detail_add_output(
    "${step}"
    PROGRAM
    Gantry::gantry-ssd
    KIND
    sweep_step
    OUTPUT
    "${directory}/${file}"
    FOLDER
    "Gantry/Internal"
    COMMENT
    "${comment}"
    DEPENDS
    "${directory}/${target}.spec"
    "$<GENEX_EVAL:$<TARGET_PROPERTY:${target},GANTRY_DETAIL_INPUTS>>"
    ${arg_DEPENDS}
    ARGUMENTS
    sweep
    --spec
    "${directory}/${target}.spec"
    --histogram
    --points
    "${CMAKE_BINARY_DIR}/gantry/points"
    ${arg_ARGUMENTS})
endfunction()

# A command for each of the caller's arg_SHARDS, which leave their points to be gathered; returns the
# files that they make, and in `steps` their targets.
function(gantry_detail_add_sweep_shards out directory)
  set(outputs)
  set(steps)
  if(arg_SHARDS GREATER 1)
    foreach(number RANGE 1 ${arg_SHARDS})
      set(step "gantry_sweep_${target}_${number}")
      set(file "${target}.${number}-of-${arg_SHARDS}.json")
      gantry_detail_add_sweep_step(
        "${step}" "${file}" "Simulating part ${number} of sweep ${target}" ARGUMENTS --shard
        "${number}/${arg_SHARDS}" --jobs 1)
      list(APPEND outputs "${directory}/${file}")
      list(APPEND steps "${step}")
    endforeach()
  endif()
  set(${out} "${outputs}" PARENT_SCOPE)
  set(steps "${steps}" PARENT_SCOPE)
endfunction()

# The target itself, which makes the report of the results in the caller's `directory`.
function(gantry_detail_add_sweep_report target all)
  set(results "${directory}/${target}.json")
  gantry_detail_sweep_command(command "${target}")
  gantry_detail_add_output(
    "${target}"
    ${all}
    KIND
    sweep
    OUTPUT
    "${directory}/${target}.html"
    BYPRODUCTS
    "${directory}/${target}.md"
    OUTPUT_OPTION
    --html
    FOLDER
    "Gantry/Sweeps"
    COMMENT
    "Reporting sweep ${target}"
    DEPENDS
    "${results}"
    ARGUMENTS
    report
    sweep
    --sweep
    "${results}"
    --markdown
    "${directory}/${target}.md"
    --command
    "${command}")
  set_target_properties("${target}" PROPERTIES GANTRY_OUTPUT "${results}"
                                               GANTRY_REPORT "${directory}/${target}.html")
  add_dependencies("${target}" "gantry_sweep_${target}")
endfunction()

# What somebody would type where the description, or a copy of the state, is.
function(gantry_detail_sweep_command out target)
  set(device "$<GENEX_EVAL:$<TARGET_PROPERTY:${target},GANTRY_DEVICE>>")
  set(is_fresh "$<STREQUAL:$<TARGET_PROPERTY:${target},GANTRY_DETAIL_STATE>,>")
  set(text "gantry ssd sweep $<IF:${is_fresh},--device ${device},--state ${device}.state>")
  foreach(keyword IN ITEMS VARY WORKLOAD)
    set(option "--$<$<STREQUAL:${keyword},VARY>:vary >")
    set(values "$<GENEX_EVAL:$<TARGET_PROPERTY:${target},GANTRY_${keyword}>>")
    string(APPEND text "$<$<NOT:$<STREQUAL:${values},>>: ${option}$<JOIN:${values}, ${option}>>")
  endforeach()
  set(${out} "${text}" PARENT_SCOPE)
endfunction()
