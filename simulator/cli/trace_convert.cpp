#include <memory>
#include <string>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/standard_output.hpp"
#include "cli/trace_format_option.hpp"

namespace gantry::cli {

namespace {

struct ConvertArguments {
  std::string trace;
  std::string format;
  std::string to;
};

base::Result<int> convert(const ConvertArguments& arguments) {
  constexpr std::size_t kAtATime = std::size_t{1} << 20;
  GANTRY_TRY(const auto format, trace_format(arguments.to));
  GANTRY_TRY(auto reader, open_trace(arguments.trace, arguments.format));
  std::string text(workload::heading(format));
  for (;;) {
    GANTRY_TRY(const auto request, reader.next());
    if (!request) {
      break;
    }
    GANTRY_TRY(const auto line, workload::to_line(*request, format));
    text += line;
    if (text.size() >= kAtATime) {
      GANTRY_CHECK(print(text));
      text.clear();
    }
  }
  GANTRY_CHECK(print(text));
  return kSuccess;
}

}  // namespace

void add_trace_convert(CLI::App& trace, Action& action) {
  auto* command = trace.add_subcommand("convert", "Print a trace in another format");
  command->footer("Example:\n  gantry ssd trace convert sda.blktrace.0 --to fio3 >trace.log");
  auto arguments = std::make_shared<ConvertArguments>();
  command->add_option("trace", arguments->trace, "The trace")->type_name("FILE")->required();
  command->add_option("--to", arguments->to, "msr, alibaba, fio3 or mqsim")->required();
  add_trace_format_option(*command, arguments->format);
  command->callback([&action, arguments] { action = [arguments] { return convert(*arguments); }; });
}

}  // namespace gantry::cli
