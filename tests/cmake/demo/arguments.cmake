set(DEFAULT_GANTRY_CLOCK real)
gantry_add_device_state(worn DEVICE drive.json)
gantry_add_demo(
  one
  DEVICE drive.json
  RW randrw
  BS 8k
  SIZE 4m
  IODEPTH 8
  NUMJOBS 2
  RUNTIME 1s
  OPTIONS --rwmixread=70 "--description=a b"
  CLOCK simulated
  DATA memory
  EXPECT p99<500us "iops>$<IF:$<CONFIG:Debug>,1k,2k>")
gantry_add_demo(two STATE worn JOB job.fio)
gantry_add_demo(
  three
  DEVICE ref-a
  FIO /opt/fio
  FILL none
  DATA file
  TEST OFF
  EXCLUDE_FROM_ALL)
set_property(TARGET three PROPERTY GANTRY_RW read)
set_property(TARGET three PROPERTY GANTRY_STATE sub/old.state)
gantry_add_demo(
  four
  DEVICE ref-a
  NUMJOBS "$<$<BOOL:0>:2>"
  RUNTIME "$<IF:1,2s,>"
  FIO tools/fio
  TEST OFF)
set_property(TARGET four PROPERTY GANTRY_JOB jobs/job.fio)
