gantry_add_sweep(
  parts
  DEVICE drive.json
  VARY ${VARY} queue-depth=1,8
  WORKLOAD fill=sequential time=1ms
  SHARDS 3)
gantry_add_sweep(
  whole
  EXCLUDE_FROM_ALL
  DEVICE drive.json
  VARY ${VARY} queue-depth=1,8
  WORKLOAD fill=sequential time=1ms)
