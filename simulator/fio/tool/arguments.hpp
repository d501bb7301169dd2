#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace gantry::fio {

/// fio's arguments as the simulated drive can run them.
struct Arguments {
  std::vector<std::string> list;
  std::vector<std::string> dropped;              ///< options of other ioengines, as they stood
  std::vector<std::filesystem::path> job_files;  ///< the user's own
};

/// Replaces job files by copies in a directory (see job_file.hpp), and leaves out options of other
/// ioengines. needs_output: fio's output goes to a file of ours, so that options which send it
/// elsewhere are errors.
base::Result<Arguments> adapt_arguments(const std::vector<std::string>& given,
                                        const std::filesystem::path& directory, bool needs_output);

}  // namespace gantry::fio
