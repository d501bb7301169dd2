gantry_add_device_state(worn DEVICE drive.json)
gantry_add_demo(
  reads
  STATE worn
  RW randread
  BS ${BS}
  EXPECT iops>1k)
gantry_add_demo(
  writes
  DEVICE drive.json
  JOB job.fio
  TEST writes.test
  EXPECT trim.iops>1G)
gantry_add_demo(
  slow
  EXCLUDE_FROM_ALL
  DEVICE ref-a
  RW write
  TEST OFF)
