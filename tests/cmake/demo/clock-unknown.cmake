gantry_add_demo(
  reads
  DEVICE ref-a
  RW randread
  CLOCK fast)
