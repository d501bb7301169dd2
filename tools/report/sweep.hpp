#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "report/analysis.hpp"
#include "report/device_run.hpp"
#include "report/finding.hpp"

namespace gantry::report {

/// A variation of a device or workload, and what came of it.
struct SweepPoint {
  std::vector<Setting> settings;  ///< what is varied, as in the first point
  DeviceReport report;
  Analysis analysis;
  Finding finding;
};

/// What `gantry ssd sweep --json` writes.
struct Sweep {
  std::string title;
  std::string command;  ///< which makes it again; may be empty
  std::string device;   ///< its name
  std::string version;  ///< of the simulator; may be empty
  std::vector<SettingGroup> description;
  std::vector<Setting> workload;
  std::vector<SweepPoint> points;  ///< at least one
};

base::Result<Sweep> parse_sweep(std::string_view text, std::string name);

/// A point by what is wanted of it: less latency, more IOPS.
struct Merit {
  double cost = 0;   ///< the less the better
  double value = 0;  ///< the more the better
};

/// Numbers of the points that no other is better than in one way and as good in the other, by
/// descending value.
std::vector<std::size_t> pareto_front(const std::vector<Merit>& points);

/// The Pareto front of IOPS and p99, of the points at which a command ended.
std::vector<std::size_t> best_points(const Sweep& sweep);

/// How many points are on that front: "4 of 36 points are best: ..."
std::string sentence_of(const Sweep& sweep, const std::vector<std::size_t>& best);

}  // namespace gantry::report
