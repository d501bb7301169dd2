add_custom_target(other)
gantry_add_checkpoint(ready FROM other)
