gantry_add_device_state(worn DEVICE drive.json PRECONDITION fill=random bytes=${BYTES})
gantry_add_device_state(older DEVICE worn PRECONDITION pattern=sequential commands=500)
gantry_add_sweep(
  grid
  DEVICE older
  VARY queue-depth=1,4
  WORKLOAD commands=500)
file(GENERATE OUTPUT "states-$<CONFIG>.txt"
     CONTENT "$<GENEX_EVAL:$<TARGET_PROPERTY:worn,GANTRY_OUTPUT>>\n")
