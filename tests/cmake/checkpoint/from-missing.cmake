gantry_add_checkpoint(ready STEPS console:login)
