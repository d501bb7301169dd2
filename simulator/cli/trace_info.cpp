#include <memory>
#include <string>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/standard_output.hpp"
#include "cli/trace_format_option.hpp"
#include "workload/trace_summary.hpp"

namespace gantry::cli {

namespace {

base::Result<int> trace_info(const std::string& trace, const std::string& format) {
  GANTRY_TRY(auto reader, open_trace(trace, format));
  GANTRY_TRY(const auto summary, workload::summarize(reader));
  GANTRY_CHECK(print(workload::to_text(summary)));
  return kSuccess;
}

}  // namespace

void add_trace_info(CLI::App& trace, Action& action) {
  auto* command = trace.add_subcommand("info", "Say what a trace asks for");
  command->footer("Example:\n  gantry ssd trace info trace.csv");
  struct Arguments {
    std::string trace;
    std::string format;
  };
  auto arguments = std::make_shared<Arguments>();
  command->add_option("trace", arguments->trace, "The trace")->type_name("FILE")->required();
  add_trace_format_option(*command, arguments->format);
  command->callback([&action, arguments] {
    action = [arguments] { return trace_info(arguments->trace, arguments->format); };
  });
}

}  // namespace gantry::cli
