#include "cli/report_input.hpp"

#include <filesystem>

#include "base/file.hpp"
#include "base/text.hpp"
#include "cli/report_output.hpp"

namespace gantry::cli {

base::Result<report::Run> read_run(const std::string& name, const RunFiles& files) {
  GANTRY_TRY(const auto text, base::read_file(files.device));
  GANTRY_TRY(auto device, report::parse_device_run(text, files.device));
  report::Run run(name, std::move(device));
  if (!files.series.empty()) {
    GANTRY_TRY(const auto rows, base::read_file(files.series));
    GANTRY_TRY(run.series, report::parse_time_series(rows, run.device.report.begin, files.series));
  }
  if (!files.fio.empty()) {
    GANTRY_TRY(const auto json, base::read_file(files.fio));
    GANTRY_TRY(run.fio, report::parse_fio_run(json, files.fio));
  }
  return run;
}

base::Result<report::Run> read_run(const std::string& name, const std::string& path) {
  const std::filesystem::path place(path);
  std::error_code ignored;
  if (!std::filesystem::is_directory(place, ignored)) {
    return read_run(name, RunFiles{path, "", ""});
  }
  const auto if_there = [&](const char* file) {
    return std::filesystem::exists(place / file, ignored) ? (place / file).string() : "";
  };
  GANTRY_TRY(auto run, read_run(name, RunFiles{(place / "device.json").string(),
                                               if_there("series.csv"), if_there("fio.json")}));
  if (const auto file = if_there("command.txt"); !file.empty()) {
    GANTRY_TRY(const auto command, base::read_file(file));
    GANTRY_TRY(run.command, checked_command(std::string(base::trim(command))));
  }
  return run;
}

}  // namespace gantry::cli
