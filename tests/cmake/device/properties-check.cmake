output_path(spec worn.spec devices)
expect_line("${spec}" "gantry-ssd 1" "device ${SOURCE}/sub/drive.json" "state "
            "option fill=random" "option bytes=1MiB")
output_path(spec fresh.spec devices)
expect_line("${spec}" "device ref-a" "option ")
output_path(state worn.state devices)
output_path(spec later.spec sweeps)
expect_line("${spec}" "device " "state ${state}" "vary queue-depth=1,2" "vary read=0%,100%"
            "option time=1ms")
output_path(spec grid.spec sweeps)
expect_line("${spec}" "device femu-default" "vary queue-depth=1" "option time=1ms"
            "option block-size=8KiB")
