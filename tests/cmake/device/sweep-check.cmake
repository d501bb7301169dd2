write_drive()
set(shards "shard 1/3 of parts" "shard 2/3 of parts" "shard 3/3 of parts")
expect_build(CALLS ${shards} "sweep parts" "report parts")
expect_text("output" "${output}" "sweep parts: 4 points, 0 simulated")
expect_nothing_to_do()
expect_nothing_to_do(parts)

# The same bytes without shards, and without what is kept.
output_path(parts parts.json sweeps)
output_path(whole whole.json sweeps)
file(REMOVE_RECURSE "${BUILD}/gantry/points")
set(cache "$ENV{GANTRY_CACHE_DIR}")
set(ENV{GANTRY_CACHE_DIR} "")
expect_build(whole CALLS "sweep whole" "report whole")
set(ENV{GANTRY_CACHE_DIR} "${cache}")
expect_text("output" "${output}" "sweep whole: 4 points, 4 simulated")
file(READ "${parts}" one)
file(READ "${whole}" other)
if(NOT one STREQUAL other)
  fail("shards matter")
endif()
string(JSON count LENGTH "${one}" points)
string(JSON channels GET "${one}" points 3 point /geometry/channels)
string(JSON depth GET "${one}" points 3 point queue-depth)
string(
  JSON
  histogram
  GET
  "${one}"
  points
  3
  report
  opcodes
  read
  latency_ns
  counts)
if(NOT "${count} ${channels} ${depth}" STREQUAL "4 2 8")
  fail("the points are ${count} ${channels} ${depth}")
endif()

# A value more: only its points are simulated.
configure("-DVARY=/geometry/channels=1,2,4")
expect_build(whole CALLS "sweep whole" "report whole")
expect_text("output" "${output}" "sweep whole: 6 points, 2 simulated")
expect_build(CALLS ${shards} "sweep parts" "report parts")
expect_text("output" "${output}" "sweep parts: 6 points, 0 simulated")
expect_nothing_to_do()

# Fewer values, which are known.
configure("-DVARY=/geometry/channels=2")
build(whole parts)
expect_text("output" "${output}" "sweep whole: 2 points, 0 simulated")

# Another build tree of the user.
configure(BUILD "${WORK}/other" "-DVARY=/geometry/channels=1,2")
build(BUILD "${WORK}/other")
expect_text("output" "${output}" "sweep parts: 4 points, 0 simulated")
foreach(place IN ITEMS sweeps/parts.json sweeps/Debug/parts.json)
  if(EXISTS "${WORK}/other/gantry/${place}")
    file(READ "${WORK}/other/gantry/${place}" other)
  endif()
endforeach()
if(NOT one STREQUAL other)
  fail("the build tree matters")
endif()

# The report says how to measure that again.
output_path(page parts.html sweeps)
file(READ "${page}" text)
string(
  FIND "${text}"
       "gantry ssd sweep --device drive.json --vary /geometry/channels=2 --vary queue-depth=1,8 --fill=sequential --time=1ms"
       at)
if(at EQUAL -1)
  fail("${page} has no command")
endif()
