gantry_add_checkpoint_test(NAME a CHECKPOINT ready)
