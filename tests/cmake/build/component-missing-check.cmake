build(FAILS "component 'helo' installs nothing")
expect_text("output of the build" "${output}" "hello")
