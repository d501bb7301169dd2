gantry_add_demo(
  reads
  DEVICE ref-a
  RW randread
  EXPECT iops>1k p99)
