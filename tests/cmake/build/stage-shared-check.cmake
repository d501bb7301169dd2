expect_build(CALLS "stage hello" "stage hello" "build one" "build two" "build three")
expect_nothing_to_do()
