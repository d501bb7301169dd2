set(places "${BUILD}/gantry/demos")
if(GENERATOR MATCHES "Multi")
  string(APPEND places "/Debug")
endif()
expect_line(
  "${places}/one.spec"
  "--device=${SOURCE}/drive.json"
  "--clock=simulated"
  "--data=memory"
  "--json=${places}/one.json"
  "--device-report=${places}/one.device.json"
  "--series=${places}/one.csv"
  "--markdown=${places}/one.md"
  "--"
  "--name=one"
  "--rw=randrw"
  "--bs=8k"
  "--size=4m"
  "--iodepth=8"
  "--numjobs=2"
  "--runtime=1s"
  "--group_reporting"
  "--time_based"
  "--rwmixread=70;--description=a b")
output_path(state worn.state devices)
expect_line("${places}/two.spec" "--state=${state}" "--clock=real" "${SOURCE}/job.fio")
expect_line("${places}/three.spec" "--device=ref-a" "--state=${SOURCE}/sub/old.state" "--rw=read"
            "--fill=none" "--data=file" "--data-file=${places}/three.data" "--fio=/opt/fio")
expect_line("${places}/four.spec" "${SOURCE}/jobs/job.fio" "--time_based"
            "--fio=${SOURCE}/tools/fio")
file(STRINGS "${places}/four.spec" lines REGEX "group_reporting|name=")
if(lines)
  fail("a demo of a job file, with no NUMJOBS, has ${lines}")
endif()

# The test holds the drive to what is expected of it.
run("${CMAKE_CTEST_COMMAND}" --test-dir "${BUILD}" -C Debug -N -V)
foreach(argument IN ITEMS "\"--expect=p99<500us\" \"--expect=iops>1k\" \"--\" \"--name=one\""
                          "\"--description=a b\"" "${places}/one.test.html")
  string(FIND "${output}" "${argument}" at)
  if(at EQUAL -1)
    fail("the test has no ${argument}: ${output}")
  endif()
endforeach()
foreach(label IN ITEMS smoke full)
  run("${CMAKE_CTEST_COMMAND}"
      --test-dir
      "${BUILD}"
      -C
      Debug
      -N
      -L
      "demo"
      -L
      "^${label}$")
  if(NOT output MATCHES "Total Tests: 1")
    fail("not one test is labelled ${label}: ${output}")
  endif()
endforeach()
