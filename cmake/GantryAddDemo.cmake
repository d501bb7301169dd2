#[=======================================================================[.rst:
GantryAddDemo
-------------

Makes fio on a simulated drive a target and a test: fio's own report is about
that drive, not about the machine.

.. code-block:: cmake

  gantry_add_demo(<target> DEVICE <profile|file|state target> [STATE <state target|file>]
    JOB <fio file> | RW <rw> [BS <size>] [SIZE <size>] [IODEPTH <n>] [NUMJOBS <n>]
                     [RUNTIME <time>]
    [OPTIONS <fio option>...] [FIO <file>]
    [FILL none|sequential|random] [CLOCK simulated|real] [DATA auto|none|memory|file]
    [EXPECT <metric><op><value>...]
    [TEST <name>|OFF] [TIMEOUT <seconds>] [EXCLUDE_FROM_ALL])

Makes the target ``<target>``, whose report is made again when something has
changed that decides it; ``run_<target>``, which runs fio each time, prints its
report and says where the page is; ``run_demos``, which runs those of all demos
that are in ALL; and a test, which fails if fio does or if the drive is not as
expected. What they leave is in ``<build>/gantry/demos``: of the target
``<target>.html`` (the property ``GANTRY_REPORT``), ``<target>.md``, fio's own
``<target>.json`` (``GANTRY_OUTPUT``), what the drive has counted in
``<target>.device.json``, and over time in ``<target>.csv``; of the run the same
after ``<target>.run``, of the test after ``<target>.test``.

``DEVICE <profile|file|state target>``
  The name of a profile (``gantry ssd config list`` has them), the file of a
  description, relative to the current source directory, or a target of
  ``gantry_add_device_state()``.

``STATE <state target|file>``
  What the drive begins with: it knows its device, so that DEVICE need not be
  given.

``JOB <fio file>``
  What fio does, relative to the current source directory; the build may make it.
  Its drive is the simulated one. What it includes and the logs that it replays
  decide the report, too.

``RW <rw>``
  Without JOB, what one job does: ``randread``, ``write``, ``randrw`` and what
  else fio's ``rw`` may be.

``BS <size>``
  fio's ``bs``: of a command.

``SIZE <size>``
  fio's ``size``: what of the drive the job uses.

``IODEPTH <n>``
  fio's ``iodepth``: commands that are outstanding.

``NUMJOBS <n>``
  fio's ``numjobs``, reported as one group.

``RUNTIME <time>``
  fio's ``runtime``, ``time_based``: how long it goes on.

``OPTIONS <fio option>...``
  Further arguments of fio: ``--rwmixread=70``.

``FIO <file>``
  A fio to run instead of the one that comes with Gantry; of the same version. A
  name without a directory is looked for on PATH.

``FILL none|sequential|random``
  What has been done with the drive before, default ``sequential``; ``random`` is
  the steady state of random writes. A state says it itself.

``CLOCK simulated|real``
  With simulated time, the default, fio runs as fast as the machine can, and its
  report is the same everywhere. With real time it waits for the drive.

``DATA auto|none|memory|file``
  What the drive keeps of what is written to it: by default all if fio verifies
  it, else nothing, which is enough to measure.

``EXPECT <metric><op><value>...``
  What the test and ``run_<target>`` hold the drive to: ``p99<500us``,
  ``iops>100k``, of one direction ``read.mean<=80us``. The metrics are iops, bw,
  mean, min, max and p with a percentage; the comparisons ``<``, ``<=``, ``>`` and
  ``>=``.

``TEST <name>|OFF``
  The name of the test, default ``<target>``, or that there is to be none. Its
  labels are ``demo`` and ``smoke``, with real time ``demo`` and ``full``.

``TIMEOUT <seconds>``
  How long the test may take, default 300.

``EXCLUDE_FROM_ALL``
  Made only when it is asked for; ``run_demos`` leaves it out.

The keywords but TEST and TIMEOUT are target properties, too, and take generator
expressions. Example, which is one of Gantry's own tests:

.. code-block:: cmake

  gantry_add_demo(reads DEVICE drive.json
    RW randread BS 4k IODEPTH 8 SIZE 4m
    EXPECT p99<500us iops>1k)
#]=======================================================================]
function(gantry_add_demo target)
  set(where "gantry_add_demo(${target})")
  set(options EXCLUDE_FROM_ALL)
  set(one
      BS
      CLOCK
      DATA
      DEVICE
      FILL
      FIO
      IODEPTH
      JOB
      NUMJOBS
      RUNTIME
      RW
      SIZE
      STATE
      TEST
      TIMEOUT)
  set(many EXPECT OPTIONS)
  cmake_parse_arguments(PARSE_ARGV 1 arg "${options}" "${one}" "${many}")
  gantry_detail_check_arguments("${where}" "${options}" ${one} ${many})
  foreach(name IN ITEMS "${target}" "run_${target}")
    gantry_detail_check_target("${where}" "${name}")
  endforeach()
  gantry_detail_require_optional_tool("${where}" gantry-fio)
  gantry_detail_check_demo("${where}")

  set(all ALL)
  if(arg_EXCLUDE_FROM_ALL)
    set(all)
  endif()
  gantry_detail_directory(directory demos)
  gantry_detail_add_demo_report("${target}" "${all}")
  gantry_detail_add_demo_run("${target}" "${all}")
  gantry_detail_add_demo_test("${target}")
  list(REMOVE_ITEM given TEST TIMEOUT)
  gantry_detail_set_device_properties(gantry_add_demo "${target}" "${given}")
  set_property(TARGET "${target}" PROPERTY GANTRY_DETAIL_STEPS "run_${target}")
  set_property(GLOBAL APPEND PROPERTY GANTRY_DETAIL_ALL_demo "${target}")
endfunction()

# What is wrong with the caller's arguments alone.
function(gantry_detail_check_demo where)
  foreach(expected IN LISTS arg_EXPECT)
    if(expected MATCHES "\\$<")
      continue()
    endif()
    if(NOT expected MATCHES "^([A-Za-z0-9_.]+)[<>]=?[^<>=]+$")
      message(
        FATAL_ERROR
          "${where}: EXPECT '${expected}' is not <metric><op><value>, such as p99<500us or iops>100k"
      )
    endif()
    set(metric "${CMAKE_MATCH_1}")
    if(NOT metric MATCHES "^((read|write|trim)\\.)?(iops|bw|mean|min|max|p[0-9]+(\\.[0-9]+)?)$")
      message(
        FATAL_ERROR
          "${where}: EXPECT '${expected}': ${metric} is no metric. There are iops, bw, mean, min, max"
          " and p with a percentage, such as p99.9, each also of read, write or trim: read.p99")
    endif()
  endforeach()
  foreach(pair IN ITEMS "CLOCK=simulated, real" "DATA=auto, none, memory, file"
                        "FILL=none, sequential, random")
    string(REGEX MATCH "^(.*)=(.*)$" matched "${pair}")
    set(keyword "${CMAKE_MATCH_1}")
    set(choices "${CMAKE_MATCH_2}")
    set(value "${arg_${keyword}}")
    if(DEFINED arg_${keyword} AND NOT ", ${choices}," MATCHES ", ${value}," AND NOT value MATCHES
                                                                                "\\$<")
      message(FATAL_ERROR "${where}: ${keyword} '${value}' is not among ${choices}")
    endif()
  endforeach()
  if(NOT DEFINED arg_JOB)
    return()
  endif()
  foreach(keyword IN ITEMS RW BS SIZE IODEPTH NUMJOBS RUNTIME)
    if(DEFINED arg_${keyword})
      message(FATAL_ERROR "${where}: JOB says what fio does, so there can be no ${keyword}")
    endif()
  endforeach()
endfunction()

# When every directory has been read: JOB and FIO are relative to the directory of the target, and a
# description or job file that is not there yet is made by the build. What is there comes from the
# depfile alone, so that one which vanishes is missed by the program, whose message is better.
function(gantry_detail_finish_demo target)
  get_property(directory TARGET "${target}" PROPERTY SOURCE_DIR)
  get_property(job TARGET "${target}" PROPERTY GANTRY_JOB)
  if(NOT "${job}" MATCHES "^(/|\\$<|$)")
    set_property(TARGET "${target}" PROPERTY GANTRY_JOB "${directory}/${job}")
  endif()
  get_property(fio TARGET "${target}" PROPERTY GANTRY_FIO)
  if("${fio}" MATCHES "^[^/$].*/")
    set_property(TARGET "${target}" PROPERTY GANTRY_FIO "${directory}/${fio}")
  endif()
  foreach(property IN ITEMS GANTRY_JOB GANTRY_DETAIL_DEVICE)
    get_property(file TARGET "${target}" PROPERTY ${property})
    if(NOT "${file}" MATCHES "^/" OR "${file}" MATCHES "\\$<")
      continue()
    endif()
    get_source_file_property(is_generated "${file}" DIRECTORY "${directory}" GENERATED)
    if(is_generated OR NOT EXISTS "${file}")
      set_property(TARGET "${target}" APPEND PROPERTY GANTRY_DETAIL_INPUTS "${file}")
    endif()
  endforeach()
endfunction()

# The target itself. Its arguments are in a file that the command depends on, since Makefiles do not
# look at them.
function(gantry_detail_add_demo_report target all)
  gantry_detail_demo_arguments("${target}" "${directory}/${target}")
  gantry_detail_add_output(
    "${target}"
    ${all}
    PROGRAM
    Gantry::gantry-fio
    KIND
    demo
    OUTPUT
    "${directory}/${target}.html"
    OUTPUT_OPTION
    --html
    BYPRODUCTS
    ${files}
    FOLDER
    "Gantry/Demos"
    COMMENT
    "Running fio for demo ${target}"
    DEPENDS
    "${directory}/${target}.spec"
    "$<GENEX_EVAL:$<TARGET_PROPERTY:${target},GANTRY_DETAIL_INPUTS>>"
    ARGUMENTS
    --quiet
    ${own}
    LAST_ARGUMENTS
    --
    ${fio})
  set_target_properties("${target}" PROPERTIES GANTRY_OUTPUT "${directory}/${target}.json"
                                               GANTRY_REPORT "${directory}/${target}.html")
  list(JOIN own "\n" lines)
  string(APPEND lines "\n--\n")
  list(JOIN fio "\n" fio)
  file(GENERATE OUTPUT "${directory}/${target}.spec" CONTENT "${lines}${fio}\n" TARGET "${target}")
endfunction()

# run_<target>, and run_demos that runs all.
function(gantry_detail_add_demo_run target all)
  gantry_detail_demo_arguments("${target}" "${directory}/${target}.run")
  add_custom_target(
    "run_${target}"
    COMMAND Gantry::gantry-fio --html "${directory}/${target}.run.html" ${own} ${expectations} --
            ${fio}
    COMMENT "Running fio for demo ${target}"
    USES_TERMINAL COMMAND_EXPAND_LISTS VERBATIM)
  set_target_properties("run_${target}" PROPERTIES FOLDER "Gantry/Demos")
  if(NOT all)
    return()
  endif()
  if(NOT TARGET run_demos)
    add_custom_target(run_demos)
    set_target_properties(run_demos PROPERTIES FOLDER "Gantry/Demos")
  endif()
  add_dependencies(run_demos "run_${target}")
endfunction()

function(gantry_detail_add_demo_test target)
  if(NOT DEFINED arg_TEST)
    set(arg_TEST "${target}")
  elseif(NOT arg_TEST)
    return()
  endif()
  if(NOT DEFINED arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  get_property(clock TARGET "${target}" PROPERTY GANTRY_CLOCK)
  if(DEFINED arg_CLOCK)
    set(clock "${arg_CLOCK}")
  endif()
  set(size smoke)
  if(clock STREQUAL "real")
    set(size full)
  endif()
  gantry_detail_demo_arguments("${target}" "${directory}/${target}.test")
  add_test(NAME "${arg_TEST}" COMMAND Gantry::gantry-fio --html "${directory}/${target}.test.html"
                                      ${own} ${expectations} -- ${fio} COMMAND_EXPAND_LISTS)
  set_tests_properties("${arg_TEST}" PROPERTIES LABELS "demo;${size}" TIMEOUT "${arg_TIMEOUT}")
endfunction()

# Returns the arguments of gantry-fio in `own` and `expectations`, those of fio in `fio`, and in
# `files` what is written beside the page: all begin with `prefix`.
function(gantry_detail_demo_arguments target prefix)
  set(own)
  foreach(pair IN ITEMS device:DETAIL_DEVICE state:DETAIL_STATE fill:FILL clock:CLOCK data:DATA
                        fio:FIO)
    string(REGEX MATCH "^(.*):(.*)$" matched "${pair}")
    gantry_detail_demo_option(own "--${CMAKE_MATCH_1}=" "${CMAKE_MATCH_2}")
  endforeach()
  set(files)
  foreach(pair IN ITEMS device-report=device.json series=csv markdown=md json=json)
    string(REGEX MATCH "^(.*)=(.*)$" matched "${pair}")
    list(APPEND own "--${CMAKE_MATCH_1}=${prefix}.${CMAKE_MATCH_2}")
    list(APPEND files "${prefix}.${CMAKE_MATCH_2}")
  endforeach()
  set(data "$<GENEX_EVAL:$<TARGET_PROPERTY:${target},GANTRY_DATA>>")
  list(APPEND own "$<$<STREQUAL:${data},file>:--data-file=${prefix}.data>")
  set(expectations)
  gantry_detail_demo_option(expectations --expect= EXPECT)

  set(job "$<GENEX_EVAL:$<TARGET_PROPERTY:${target},GANTRY_JOB>>")
  set(fio "${job}" "$<$<STREQUAL:${job},>:--name=${target}>")
  foreach(keyword IN ITEMS RW BS SIZE IODEPTH NUMJOBS RUNTIME)
    string(TOLOWER "${keyword}" option)
    gantry_detail_demo_option(fio "--${option}=" ${keyword})
  endforeach()
  list(
    APPEND
    fio
    "$<$<BOOL:$<GENEX_EVAL:$<TARGET_PROPERTY:${target},GANTRY_NUMJOBS>>>:--group_reporting>"
    "$<$<BOOL:$<GENEX_EVAL:$<TARGET_PROPERTY:${target},GANTRY_RUNTIME>>>:--time_based>"
    "$<GENEX_EVAL:$<TARGET_PROPERTY:${target},GANTRY_OPTIONS>>")
  foreach(name IN ITEMS own files expectations fio)
    set(${name} "${${name}}" PARENT_SCOPE)
  endforeach()
endfunction()

# Appends to a list the option with each value of a property of the caller's `target`.
function(gantry_detail_demo_option list option keyword)
  set(values "$<GENEX_EVAL:$<TARGET_PROPERTY:${target},GANTRY_${keyword}>>")
  list(APPEND ${list}
       "$<$<NOT:$<STREQUAL:${values},>>:${option}$<JOIN:${values},$<SEMICOLON>${option}>>")
  set(${list} "${${list}}" PARENT_SCOPE)
endfunction()
