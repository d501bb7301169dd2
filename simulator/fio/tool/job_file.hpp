#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace gantry::fio {

/// A job file as the simulated drive can run it.
struct JobFile {
  std::string text;
  std::vector<std::string> dropped;  ///< lines that are left out, as they stood
  std::vector<std::filesystem::path>
      inputs;  ///< itself, what it includes, and logs that it replays
};

/// Leaves out of a job file what is another ioengine's: `ioengine` itself, the clock's source, and
/// options that only an engine of the kernel has. directory is that of files that it includes,
/// whose text takes the place of the `include` line. "-" is the standard input.
base::Result<JobFile> adapt_job_file(const std::filesystem::path& path);

/// The files that a value of fio's option read_iolog names, those that are there.
std::vector<std::filesystem::path> logs_of(std::string_view value);

/// Whether an option of fio ("ioengine", "hipri") belongs to an ioengine that is replaced.
bool is_of_other_engine(std::string_view option);

}  // namespace gantry::fio
