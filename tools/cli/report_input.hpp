#pragma once

#include <string>

#include "base/result.hpp"
#include "report/run.hpp"

namespace gantry::cli {

/// The files of a run; all but the device's may be empty.
struct RunFiles {
  std::string device;
  std::string series;
  std::string fio;
};

/// Reads and judges them. Errors name the file and the place in it.
base::Result<report::Run> read_run(const std::string& name, const RunFiles& files);

/// A run from a device's JSON, or from a directory: device.json, and if they are there series.csv,
/// fio.json and command.txt.
base::Result<report::Run> read_run(const std::string& name, const std::string& path);

}  // namespace gantry::cli
