#pragma once

#include <string>
#include <vector>

#include "report/chart.hpp"
#include "report/page.hpp"
#include "report/run.hpp"

namespace gantry::report {

// Each writes a section of a page about one run, or nothing if the run does not say anything about
// it. prefix is the run's JSON pointer in the summary.

void write_finding(Page& page, const Run& run, const std::string& prefix);
void write_latency(Page& page, const Run& run, const std::string& prefix);
void write_over_time(Page& page, const Run& run);
void write_time_spent(Page& page, const Run& run, const std::string& prefix);
void write_collection(Page& page, const Run& run, const std::string& prefix);
void write_fio(Page& page, const Run& run, const std::string& prefix);
void write_delivery(Page& page, const Run& run, const std::string& prefix);

/// Commands over time of all runs that have a time series, beside each other on the same scale.
void write_over_time(Page& page, const std::vector<Run>& runs);

/// A figure of latency distributions, of at most so many commands.
void write_distribution(Page& page, const std::string& caption, const std::vector<Line>& lines,
                        double commands);

/// A line of such a figure.
Line distribution_line(const std::string& name, const Latency& latency, std::size_t colour);

}  // namespace gantry::report
