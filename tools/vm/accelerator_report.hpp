#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "vm/accelerator.hpp"

namespace gantry::vm {

/// For people: a line of what guests run under, then one for each accelerator, and what to do about
/// it.
std::string report_text(const AcceleratorReport& report);

/// For programs: an object with the members of the report, "chosen" (null if there is none) and,
/// of each usable accelerator, "timeout_factor".
std::string report_json(const AcceleratorReport& report);

/// Reads what report_json has written. Nothing if it is not that.
std::optional<AcceleratorReport> parse_report(std::string_view json);

}  // namespace gantry::vm
