#pragma once

#include <string>
#include <vector>

#include "report/device_run.hpp"
#include "report/markup.hpp"

namespace gantry::report {

/// A row of a chart of bars: a text above, and parts of 1 beside each other.
struct Bar {
  std::string name;  ///< cut if it is too long
  std::string mean;  ///< ", mean 81.00 µs": behind it, and never cut
  std::array<double, kParts.size()> shares{};
};

/// Bars that are as long as the drawing, in whose parts their names stand if there is room.
void draw_bars(Markup& markup, const std::string& title, const std::vector<Bar>& bars,
               double width);

}  // namespace gantry::report
