#pragma once

#include "report/page.hpp"
#include "report/sweep.hpp"

namespace gantry::report {

/// Where two things are varied: tables with the one downwards and the other across, of IOPS, p99
/// and write amplification. Nothing of other sweeps, or of too many values.
void write_grids(Page& page, const Sweep& sweep);

}  // namespace gantry::report
