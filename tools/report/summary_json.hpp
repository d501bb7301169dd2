#pragma once

#include <string>

#include "report/run.hpp"
#include "report/sweep.hpp"

namespace gantry::report {

/// What a report says, for machines: {"title", "runs": [{"name", "command", "device", "report",
/// "derived", "limit", "delivery", "fio"}]}, of which "report", "delivery" and "fio" have the keys
/// of the documents that they come from. Ends with a line feed.
std::string summary_json(const RunDocument& document);

/// {"title", "command", "device", "axes", "points": [{"point", "report", "derived", "limit"}]}.
std::string summary_json(const Sweep& sweep);

}  // namespace gantry::report
