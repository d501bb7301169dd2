# What the build makes is made before, also when an earlier build has left it there.
write_source(source.txt "[job]\nrw=write\n")
expect_build(CALLS "demo with_job" "demo with_device")
expect_nothing_to_do()
configure()
file(TOUCH "${SOURCE}/source.txt")
expect_build(CALLS "demo with_job" "demo with_device")
expect_nothing_to_do()
