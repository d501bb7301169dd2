#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "base/result.hpp"
#include "workload/trace_reader.hpp"

namespace gantry::cli {

void add_trace_format_option(CLI::App& command, std::string& format);

/// A trace of a format by name; without a name, it is found.
base::Result<workload::TraceReader> open_trace(const std::string& path, const std::string& format);

/// The format of a name; an error lists those that there are.
base::Result<workload::TraceFormat> trace_format(const std::string& name);

}  // namespace gantry::cli
