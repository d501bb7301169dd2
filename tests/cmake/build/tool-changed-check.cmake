build()
file(TOUCH "${WORK}/bin/gantry")
expect_build(CALLS "stage hello" "build app")
expect_nothing_to_do()
