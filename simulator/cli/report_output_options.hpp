#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "base/result.hpp"
#include "cli/setup.hpp"
#include "workload/report.hpp"

namespace gantry::cli {

/// How a report is given out.
struct ReportOutput {
  bool json = false;
  bool histogram = false;
  std::string csv;  ///< file of the time series; empty: none
};

void add_report_options(CLI::App& command, ReportOutput& output);

/// Prints a report with what has decided it, and writes its series. The exit code: that of an
/// interrupt, if the run was interrupted.
base::Result<int> put_out(const workload::Report& report, const Setup& setup,
                          const ReportOutput& output);

}  // namespace gantry::cli
