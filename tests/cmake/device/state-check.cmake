write_drive()
expect_build(CALLS "state worn" "state older" "sweep grid" "report grid")
expect_text("output" "${output}" "device state worn: small, 100.0 % mapped")
expect_nothing_to_do()
expect_nothing_to_do(worn)
output_path(state worn.state devices)
file(READ "${BUILD}/states-Debug.txt" path)
if(NOT path STREQUAL "${state}\n")
  fail("GANTRY_OUTPUT is ${path}, not ${state}")
endif()
file(SHA256 "${state}" before)

# A description that says the same in other words gives the same state, which is left alone.
write_drive("\"namespaces\": [],")
build()
if(output MATCHES "device state")
  fail("a state was made again:\n${output}")
endif()
if(GENERATOR MATCHES "Ninja" AND calls MATCHES "sweep|older")
  fail("something was made of the same state again: ${calls}")
endif()
expect_nothing_to_do()

# Another option: all that follows. The former one comes from the cache.
configure(-DBYTES=5MiB)
expect_build(CALLS "state worn" "state older" "sweep grid" "report grid")
file(SHA256 "${state}" after)
if(before STREQUAL after)
  fail("the options do not matter")
endif()
configure(-DBYTES=4MiB)
build()
expect_text("output" "${output}" "device state worn: small, 100.0 % mapped, from the cache")
expect_text("output" "${output}" "sweep grid: 2 points, 0 simulated")
file(SHA256 "${state}" after)
if(NOT before STREQUAL after)
  fail("the cache has another state")
endif()
expect_nothing_to_do()

# Another device.
write_drive("\"link\": {\"latency\": \"1us\"},")
expect_build(CALLS "state worn" "state older" "sweep grid" "report grid")

# Another program, and what it has not made.
file(TOUCH "${WORK}/bin/gantry-ssd")
build()
if(NOT calls MATCHES "state worn")
  fail("the program does not matter: ${calls}")
endif()
expect_nothing_to_do()

# What somebody else has written there is found out as soon as the command runs.
run("${WORK}/bin/gantry-ssd"
    run
    --state
    "${state}"
    --read
    0%
    --commands
    500
    --save-state
    "${state}")
file(TOUCH "${SOURCE}/drive.json")
build(worn)
expect_text("output" "${output}" "device state worn: small, 100.0 % mapped, from the cache")
