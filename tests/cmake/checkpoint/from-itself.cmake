gantry_add_checkpoint(ready FROM ready)
