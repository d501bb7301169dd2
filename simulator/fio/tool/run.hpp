#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace gantry::fio {

/// What gantry-fio was asked for.
struct Options {
  std::string device;
  std::string state;
  std::string fill;
  std::optional<unsigned> fill_seed;
  std::string data;
  std::string data_file;
  std::string save_state;
  std::string clock;
  std::string device_report;
  std::string series;
  std::string json;
  std::string html;
  std::string markdown;
  std::string title;
  std::string depfile;
  bool quiet = false;
  std::vector<std::string> expectations;
  std::filesystem::path fio;
  std::vector<std::string> arguments;  ///< for fio
  std::vector<std::string> command;    ///< all of the command line, to be told in reports
};

/// Runs fio on a simulated drive. Returns the exit code: fio's, or 1 if an expectation does not
/// hold.
base::Result<int> run(const Options& options);

}  // namespace gantry::fio
