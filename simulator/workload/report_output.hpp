#pragma once

#include <string>
#include <string_view>

#include "workload/report.hpp"

namespace gantry::workload {

/// "read", "write", "trim", "flush".
std::string_view name_of(ssd::Opcode opcode);

/// The report as JSON. The same report gives the same bytes everywhere. histograms: with the counts
/// of all latencies.
std::string to_json(const Report& report, bool histograms = false);

/// The time series, a line for each window after one of names.
std::string to_csv(const Report& report);

/// What a person wants to know, in aligned lines.
std::string to_text(const Report& report);

}  // namespace gantry::workload
