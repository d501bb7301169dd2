build()
write_source(other.txt "two")
expect_build(CALLS)
expect_line("${BUILD}/unrelated.txt" two)
