#include "cli/trace_format_option.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace gantry::cli {

void add_trace_format_option(CLI::App& command, std::string& format) {
  command.add_option("--format", format,
                     fmt::format("Format of the trace, which is otherwise found: {}",
                                 base::join(workload::trace_format_names(), ", ")));
}

base::Result<workload::TraceFormat> trace_format(const std::string& name) {
  if (const auto format = workload::format_of(name)) {
    return *format;
  }
  return base::Error{fmt::format("there is no format of traces \"{}\"", base::printable(name)), "",
                     fmt::format("there are {}", base::join(workload::trace_format_names(), ", "))};
}

base::Result<workload::TraceReader> open_trace(const std::string& path, const std::string& format) {
  if (format.empty()) {
    return workload::TraceReader::open(path);
  }
  GANTRY_TRY(const auto known, trace_format(format));
  return workload::TraceReader::open(path, known);
}

}  // namespace gantry::cli
