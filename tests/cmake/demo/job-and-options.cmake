gantry_add_demo(
  reads
  DEVICE ref-a
  JOB reads.fio
  BS 8k)
