#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace gantry::fio {

/// Runs a program to its end, with our files, and with these variables added to our environment. It
/// ends when we do. A signal that asks us to end is noted (base/interrupt.hpp) and passed on, so
/// that fio ends with its report; at a second one it is killed. Returns its exit code, or 128 + the
/// number of the signal that ended it, of which nothing but the message tells.
base::Result<int> run_to_end(const std::vector<std::string>& arguments,
                             const std::map<std::string, std::string>& environment);

}  // namespace gantry::fio
