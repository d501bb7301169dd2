#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace gantry::fio {

/// fio's arguments as the simulated drive can run them.
struct Arguments {
  std::vector<std::string> list;
  std::vector<std::string> dropped;           ///< options of other ioengines, as they stood
  std::vector<std::filesystem::path> inputs;  ///< job files, the user's own, and what they read
};

/// Replaces job files by copies in a directory (see job_file.hpp), and leaves out options of other
/// ioengines. Errors: what makes fio something else than one process that runs jobs; and, with
/// needs_output, since fio's output goes to a file of ours, what sends it elsewhere.
base::Result<Arguments> adapt_arguments(const std::vector<std::string>& given,
                                        const std::filesystem::path& directory, bool needs_output);

}  // namespace gantry::fio
