build(FAILS "gantry: error: ")
expect_text("output of the build" "${output}" "${SOURCE}")
