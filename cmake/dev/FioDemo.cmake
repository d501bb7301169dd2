# The demo of the simulator: fio on a drive that has been in use, in simulated time. run_fio_demo, and
# run_fio_demo_short, which needs no more than a second.
set(DEMO_CONFIG ref-a CACHE STRING "Drive of the demo: a profile, or the file of a description")
set(DEMO_RW randrw CACHE STRING "What fio does in the demo")
set(DEMO_BS 4k CACHE STRING "Size of a command in the demo")
set(DEMO_SIZE 1g CACHE STRING "How much of the drive the demo uses")
set(DEMO_IODEPTH 32 CACHE STRING "Commands that are outstanding in the demo")
set(DEMO_NUMJOBS 1 CACHE STRING "Jobs of the demo")
set(DEMO_RUNTIME_S 10 CACHE STRING "Simulated seconds of the demo")
set(FIO_EXE_OVERRIDE "" CACHE FILEPATH "A fio for the demo instead of the one that is built")
option(GANTRY_DEMO_TEST "Run the short demo as the test FioDemoShort" OFF)

set(gantry_demo
    EXCLUDE_FROM_ALL
    DEVICE
    "${DEMO_CONFIG}"
    FILL
    random
    RW
    "${DEMO_RW}"
    BS
    "${DEMO_BS}"
    IODEPTH
    "${DEMO_IODEPTH}"
    NUMJOBS
    "${DEMO_NUMJOBS}")
if(FIO_EXE_OVERRIDE)
  list(APPEND gantry_demo FIO "${FIO_EXE_OVERRIDE}")
endif()
gantry_add_demo(
  fio_demo
  ${gantry_demo}
  SIZE "${DEMO_SIZE}"
  RUNTIME "${DEMO_RUNTIME_S}s"
  TEST OFF)
set(gantry_demo_test OFF)
if(GANTRY_DEMO_TEST)
  set(gantry_demo_test FioDemoShort)
endif()
gantry_add_demo(
  fio_demo_short
  ${gantry_demo}
  SIZE 4m
  RUNTIME 1s
  TEST ${gantry_demo_test}
  TIMEOUT 60)
unset(gantry_demo)
unset(gantry_demo_test)
