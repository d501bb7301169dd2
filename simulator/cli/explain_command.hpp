#pragma once

#include <cstdint>
#include <optional>

#include "base/interrupt.hpp"
#include "base/result.hpp"
#include "cli/report_output_options.hpp"
#include "cli/run_progress.hpp"
#include "cli/standard_output.hpp"
#include "workload/explain.hpp"

namespace gantry::cli {

/// Prints why a command of a source took its time. Returns the exit code; null: there is no such
/// command.
template <class Source>
base::Result<std::optional<int>> explain_command(ssd::Device& device, Source& source,
                                                 std::uint64_t number, const ReportOutput& output) {
  const auto explanation = [&] {
    workload::RunOptions options;
    options.measure.commands = number;
    RunProgress progress(options, device.now());
    return workload::explain(device, source, number, &progress);
  }();
  if (!explanation) {
    return explanation.error();
  }
  if (!*explanation) {
    return base::interrupted() ? std::optional(128 + base::interrupt_signal()) : std::nullopt;
  }
  const auto text = output.json
                        ? workload::to_json(**explanation, device.parameters(), &Source::number_of)
                        : workload::to_text(**explanation, device.parameters(), &Source::number_of);
  GANTRY_CHECK(print(text));
  return std::optional(0);
}

}  // namespace gantry::cli
