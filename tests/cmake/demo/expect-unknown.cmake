gantry_add_demo(
  reads
  DEVICE ref-a
  RW randread
  EXPECT write.p99.9<1ms trim.iops>=1 latency<5us)
