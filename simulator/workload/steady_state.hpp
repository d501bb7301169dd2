#pragma once

#include "workload/time_series.hpp"

namespace gantry::workload {

/// How much something still changes, as the SNIA's Performance Test Specification (2.0.2, 3.1.30)
/// says it of five rounds: shares of their mean.
struct Excursion {
  double range = 0;  ///< the greatest less the least
  double slope = 0;  ///< of the line of least squares, from the first to the last; not negative

  bool is_steady() const { return range <= 0.2 && slope <= 0.1; }
};

struct SteadyState {
  bool is_known = false;  ///< the run was long enough to say
  Excursion commands;
  Excursion amplification;  ///< of writes; of a run without them, nothing changes

  bool is_steady() const { return is_known && commands.is_steady() && amplification.is_steady(); }
};

/// Judges the second half of a series, in five rounds of as many windows.
SteadyState judge(const TimeSeries& series);

}  // namespace gantry::workload
