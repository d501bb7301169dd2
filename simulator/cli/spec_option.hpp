#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace gantry::cli {

/// A command line as its options, and who has put some of them into a file.
struct CommandLine {
  std::vector<std::string> arguments;
  std::string spec;  ///< the file's path; empty: there is none
};

/// Puts what a file says in the place of --spec FILE: after a line "gantry-ssd 1", lines "NAME
/// VALUE" for --NAME=VALUE, and "option NAME=VALUE" for an option of the workload, whose name is
/// checked. A line without a value is left out. Build systems write such files: a change of a
/// command line does not run a command again everywhere, that of a file does.
base::Result<CommandLine> with_spec(const std::vector<std::string>& arguments);

}  // namespace gantry::cli
