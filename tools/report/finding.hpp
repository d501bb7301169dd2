#pragma once

#include <string>

#include "report/analysis.hpp"

namespace gantry::report {

/// What limits a drive, and why that is said.
struct Finding {
  std::string limit;     ///< "dies", "one die", "garbage collection", "channels", "one channel",
                         ///< "link", "controller", "workload", or "nothing" if no command ended
  std::string sentence;  ///< ends with a full stop
};

/// Judges a report by its busiest part and by what commands' time is made of.
Finding find_limit(const DeviceReport& report, const Analysis& analysis);

}  // namespace gantry::report
