set(DEFAULT_GANTRY_WORKLOAD time=1ms)
gantry_add_device_state(worn DEVICE sub/drive.json)
set_property(TARGET worn PROPERTY GANTRY_PRECONDITION fill=random
                                  "bytes=$<IF:$<CONFIG:Debug>,1MiB,2MiB>")
gantry_add_device_state(fresh DEVICE ref-a)
gantry_add_sweep(later DEVICE worn VARY "queue-depth=1,2" "read=0%,100%")
gantry_add_sweep(grid DEVICE ref-a VARY queue-depth=1)
set_property(TARGET grid PROPERTY GANTRY_DEVICE "$<1:femu-default>")
set_property(TARGET grid APPEND PROPERTY GANTRY_WORKLOAD block-size=8KiB)
