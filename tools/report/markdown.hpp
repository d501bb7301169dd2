#pragma once

#include <string>
#include <string_view>

#include "report/run.hpp"
#include "report/sweep.hpp"

namespace gantry::report {

/// A short report for the summary of a CI job: what limits the drive, a table, the command. One run
/// has a row for each kind of commands; of several each has a row, beside what the first run has.
std::string to_markdown(const RunDocument& document);

/// The points on the Pareto front of IOPS and latency, and how many there are beside them.
std::string to_markdown(const Sweep& sweep);

/// Text as it is: nothing in it is markup, a table's border or an end of a line.
std::string escape_markdown(std::string_view text);

}  // namespace gantry::report
