#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "report/device_run.hpp"
#include "report/run.hpp"

namespace gantry::report {

/// A file of data/, made by gantry-ssd or fio.
inline std::string sample(const std::string& name) {
  return base::read_file(std::string(GANTRY_TEST_DATA) + "/" + name).value();
}

/// The sample device's JSON, to be changed.
inline nlohmann::json sample_device() {
  return nlohmann::json::parse(sample("device.json"));
}

/// What is said of a device's JSON that is wrong.
inline std::string refusal_of(const nlohmann::json& device) {
  const auto run = parse_device_run(device.dump(), "device.json");
  return run ? "" : run.error().where + ": " + run.error().what;
}

/// The sample run, with all that belongs to it.
inline Run sample_run() {
  Run run("sample", parse_device_run(sample("device.json"), "device.json").value());
  run.series =
      parse_time_series(sample("series.csv"), run.device.report.begin, "series.csv").value();
  run.fio = parse_fio_run(sample("fio.json"), "fio.json").value();
  run.command = "gantry ssd run --device ref-a";
  return run;
}

}  // namespace gantry::report
