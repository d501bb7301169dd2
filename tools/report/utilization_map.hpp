#pragma once

#include "report/device_run.hpp"
#include "report/markup.hpp"

namespace gantry::report {

/// How busy each channel and each die on it is, as a grid: a column for each channel, with its bus
/// on top. Of many, neighbours share a cell with their mean.
void draw_utilization(Markup& markup, const DeviceReport& report, double width);

}  // namespace gantry::report
