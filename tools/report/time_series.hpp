#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace gantry::report {

/// What has ended in a span of time, from begin to end.
struct Window {
  double begin = 0;  ///< nanoseconds
  double end = 0;
  double reads = 0;   ///< commands
  double writes = 0;  ///< commands
  double others = 0;  ///< commands
  double bytes_read = 0;
  double bytes_written = 0;
  double mean_latency = 0;  ///< nanoseconds
  double max_latency = 0;
  double host_pages = 0;   ///< put into flash
  double moved_pages = 0;  ///< by garbage collection
  double erases = 0;

  double commands() const { return reads + writes + others; }
  double seconds() const { return (end - begin) / 1e9; }
};

/// Windows one after another, ascending.
using TimeSeries = std::vector<Window>;

/// Reads what `gantry ssd run --csv` writes, whose rows have the time of their end alone; begin is
/// that of the first row in nanoseconds. Errors name the line and the column.
base::Result<TimeSeries> parse_time_series(std::string_view text, std::uint64_t begin,
                                           const std::string& name);

/// The same with at most so many windows: neighbours are joined, as many each time.
TimeSeries coarsened(const TimeSeries& series, std::size_t most);

}  // namespace gantry::report
