gantry_add_sweep(
  grid
  DEVICE drive.json
  VARY ${VARY}
  WORKLOAD fill=sequential ${WORKLOAD})
