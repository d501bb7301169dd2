add_custom_target(run_reads)
gantry_add_demo(reads DEVICE ref-a RW randread)
