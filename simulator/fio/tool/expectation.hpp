#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace gantry::fio {

/// What a run must have measured, such as "p99<500us", "iops>=100k" or "read.bw>1GB/s".
struct Expectation {
  enum class Comparison { kLess, kAtMost, kMore, kAtLeast };
  std::string text;       ///< as it was given
  std::string direction;  ///< "read", "write", "trim"; "": all that did anything
  std::string metric;     ///< "iops", "bw", "mean", "min", "max", or "p" and a percentage
  Comparison comparison = Comparison::kLess;
  double value = 0;  ///< in 1/s, bytes/s or nanoseconds
};

base::Result<Expectation> parse_expectation(std::string_view text);

/// What became of one.
struct Verdict {
  bool holds = false;
  std::string measured;  ///< with its unit
};

/// By fio's own report, as JSON: rates are sums of all jobs, latencies those of the worst job.
/// Errors: fio has not measured that, or its report is not one.
base::Result<std::vector<Verdict>> judge(const std::vector<Expectation>& expectations,
                                         const std::string& report);

}  // namespace gantry::fio
