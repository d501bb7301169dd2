#pragma once

#include <string>

#include "report/analysis.hpp"
#include "report/setup.hpp"

namespace gantry::report {

/// What limits a drive, and why that is said.
struct Finding {
  std::string limit;     ///< of the drive: "dies", "one die", "garbage collection", "channels",
                         ///< "one channel", "link", "controller", "write buffer"; of the host:
                         ///< "queue depth", "host rate", "host pauses", "workload" if it is not
                         ///< known which; or "nothing" if no command ended
  std::string sentence;  ///< ends with a full stop
};

/// Judges a report by its busiest part, by what commands' time is made of, and by what the host
/// asked for.
Finding find_limit(const DeviceReport& report, const Analysis& analysis, const RunSetup& setup);

}  // namespace gantry::report
