gantry_add_guest(box KERNEL vmlinuz MEMORY 256M)
gantry_add_checkpoint(ready FROM box SMOKE sh look.sh)
