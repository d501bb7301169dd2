#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "base/result.hpp"
#include "report/run.hpp"
#include "report/sweep.hpp"

namespace gantry::cli {

/// What a report is called, and where it goes.
struct ReportOutput {
  std::string title;
  std::string html;
  std::string markdown;
  bool json = false;

  void add_to(CLI::App& command);

  /// The title that was given, or the other one.
  base::Result<std::string> title_or(const std::string& other) const;

  /// Writes the files; prints JSON if that was asked for, Markdown if nothing was, and otherwise a
  /// line for each file.
  base::Result<int> put(const report::RunDocument& document) const;
  base::Result<int> put(const report::Sweep& sweep) const;
};

/// The command line that makes something again, as it was given: bounded, UTF-8.
base::Result<std::string> checked_command(const std::string& command);

}  // namespace gantry::cli
