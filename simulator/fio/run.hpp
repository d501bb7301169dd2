#pragma once

#include "fio/conductor.hpp"

namespace gantry::fio {

/// What threads and processes of fio share from its start.
struct Run {
  Conductor conductor;
};

/// Whether simulated time has begun.
bool time_stands_still();
/// Begins it; false: there is no memory for that.
bool begin_time_at(Time now);
/// Once it has begun.
Run& run();

}  // namespace gantry::fio
