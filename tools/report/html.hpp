#pragma once

#include <string>

#include "report/run.hpp"
#include "report/sweep.hpp"

namespace gantry::report {

/// A page that stands by itself: one file without scripts, which asks the network for nothing. Its
/// figures are <data> elements, whose data-figure is their JSON pointer in the summary_json() that
/// the page holds.
std::string to_html(const RunDocument& document);

/// The same of a sweep.
std::string to_html(const Sweep& sweep);

}  // namespace gantry::report
