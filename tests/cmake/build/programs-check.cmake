expect_build(CALLS "stage libraries" "stage one" "stage two" "build app" "build second")
expect_nothing_to_do()

# Only the layer that holds the program; whichever image comes first writes it.
write_source(two.c "int main(void) { return 2; }\n")
expect_build(CALLS "stage two" "build app" "build second")
if(NOT output MATCHES "image (app: 3 layers|second: 1 layer), 1 rebuilt" OR output MATCHES
                                                                            "[23] rebuilt")
  fail("not one layer was rebuilt:\n${output}")
endif()
expect_nothing_to_do()

# A target that no image holds.
write_source(unrelated.c "int main(void) { return 3; }\n")
expect_build(CALLS)

# The same program again: linked, staged, and the image is what it was.
read_digest(before app)
write_source(two.c "int main(void) { return 2; } /* a comment */\n")
build()
read_digest(after app)
if(NOT before STREQUAL after)
  fail("a comment in a source changes the image")
endif()
expect_nothing_to_do()
