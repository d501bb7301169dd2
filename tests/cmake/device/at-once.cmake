gantry_add_device_state(worn DEVICE drive.json PRECONDITION fill=random bytes=4MiB)
foreach(name IN ITEMS one two)
  gantry_add_sweep(
    ${name}
    DEVICE worn
    VARY queue-depth=1,2,4 read=$<1:0%>,100%
    WORKLOAD commands=2000
    SHARDS 2)
endforeach()
