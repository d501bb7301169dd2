gantry_add_guest(box KERNEL vmlinuz MEMORY 256M)
gantry_add_checkpoint(ready FROM box)
enable_testing()
gantry_add_checkpoint_test(NAME a CHECKPOINT reday COMMAND true)
