gantry_add_device_state(worn DEVICE ref-a)
gantry_add_demo(
  reads
  DEVICE worn
  STATE old.state
  RW randread)
