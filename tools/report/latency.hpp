#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "report/json_input.hpp"

namespace gantry::report {

/// A time within which a share of commands was done.
struct Percentile {
  std::string name;  ///< "99.9", as the document has it
  double share = 0;  ///< 0.999
  double nanos = 0;
};

/// How many took so long, or a little longer.
struct Bucket {
  double nanos = 0;
  std::uint64_t count = 0;
};

/// Latencies, in nanoseconds.
struct Latency {
  double least = 0;
  double mean = 0;
  double most = 0;
  std::vector<Percentile> percentiles;  ///< ascending
  std::vector<Bucket> buckets;          ///< ascending; may be empty

  /// Of a name, "99"; nothing if the document has no such one.
  std::optional<double> percentile(std::string_view name) const;
};

/// One point of a distribution: a share of commands was done within these nanoseconds.
struct CurvePoint {
  double nanos = 0;
  double share = 0;
};

/// The distribution, ascending in both from the share 0: of its buckets, or where there are none of
/// what is known of it (the least, the percentiles, the most). Empty if there were no commands.
std::vector<CurvePoint> curve_of(const Latency& latency);

/// Percentiles {"50": 81, ...} in ascending order; what is no number from 0 to 100 is a mistake.
std::vector<Percentile> read_percentiles(const JsonField& field);

}  // namespace gantry::report
