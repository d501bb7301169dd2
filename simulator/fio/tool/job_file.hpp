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
};

/// Leaves out of a job file what is another ioengine's: `ioengine` itself, the clock's source, and
/// options that only an engine of the kernel has. directory is that of files that it includes,
/// whose text takes the place of the `include` line. Errors name file and line.
base::Result<JobFile> adapt_job_file(const std::filesystem::path& path);

/// Whether an option of fio ("ioengine", "hipri") belongs to an ioengine that is replaced.
bool is_of_other_engine(std::string_view option);

}  // namespace gantry::fio
