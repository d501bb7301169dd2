expect_build(CALLS "stage hello" "build app")
