#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "cli/workload_options.hpp"
#include "config/description.hpp"

namespace gantry::cli {

/// One combination of what a sweep varies.
struct Point {
  std::vector<std::pair<std::string, std::string>> settings;
  WorkloadOptions workload;
  config::Description description;
  double work = 0;   ///< that a command is expected to be
  std::string json;  ///< its report; empty: it has none yet, or was interrupted
  std::string row;   ///< of the table, without its settings
};

/// What all points of a sweep have in common.
struct SweepBase {
  config::Description description;
  std::string source;  ///< of the description, as somebody has written it; empty: of a state
  std::string state;   ///< the file that each begins with; empty: fresh devices
  WorkloadOptions workload;
  bool has_histograms = false;  ///< the counts of all latencies are in the reports
};

/// All combinations of NAME=VALUE,VALUE..., each checked; the last name changes first. Errors say
/// at which point they are.
base::Result<std::vector<Point>> sweep_grid(const SweepBase& common,
                                            const std::vector<std::string>& vary);

/// Runs the workload at the point, one of so many at a time. Errors say at which point they are.
base::Result<void> simulate(Point& point, const SweepBase& common, unsigned jobs);

/// "queue-depth=8 /geometry/channels=4".
std::string settings_text(const Point& point);

}  // namespace gantry::cli
