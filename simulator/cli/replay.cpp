#include "workload/replay.hpp"

#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/device_options.hpp"
#include "cli/explain_command.hpp"
#include "cli/report_output_options.hpp"
#include "cli/run_progress.hpp"
#include "cli/trace_format_option.hpp"
#include "cli/workload_options.hpp"
#include "config/description.hpp"
#include "config/namespaces.hpp"
#include "workload/driver.hpp"

namespace gantry::cli {

namespace {

struct ReplayArguments {
  ReplaySetup setup;
  DeviceOptions device;
  std::string format;
  bool explain = false;
  ReportOutput output;
};

base::Result<int> explain(const ReplayArguments& arguments, ssd::Device& device,
                          workload::Replay& source) {
  GANTRY_TRY(const auto code,
             explain_command(device, source, arguments.setup.until, arguments.output));
  if (code) {
    return *code;
  }
  if (source.error()) {
    return *source.error();
  }
  return base::Error{fmt::format("there is no request {}: the trace has {}", arguments.setup.until,
                                 source.requests()),
                     arguments.setup.trace, ""};
}

base::Result<workload::ReplayOptions> replay_options(const ReplayArguments& arguments,
                                                     const config::Description& description) {
  workload::ReplayOptions options;
  options.queue_depth = arguments.setup.queue_depth;
  options.wrap = arguments.setup.beyond == "wrap";
  if (!arguments.setup.space.empty()) {
    GANTRY_TRY(const auto space, config::find_namespace(description, arguments.setup.space));
    options.first_page = ssd::index(space.first);
    options.pages = space.pages;
  }
  return options;
}

base::Result<int> replay_trace(const ReplayArguments& arguments) {
  if (arguments.explain && arguments.setup.until == 0) {
    return base::Error{"--explain needs --until: the number of the request to explain", "", ""};
  }
  if (arguments.setup.beyond != "wrap" && arguments.setup.beyond != "error") {
    return base::Error{"--beyond is wrap or error", "", ""};
  }
  GANTRY_TRY(auto opened, make_device(arguments.device, arguments.setup.fill, 1));
  const auto& description = opened.description;
  const auto& device = opened.device;
  GANTRY_TRY(const auto replay_with, replay_options(arguments, description));
  GANTRY_TRY(auto reader, open_trace(arguments.setup.trace, arguments.format));
  workload::Replay source(std::move(reader), description.parameters, replay_with, device->now());
  if (arguments.explain) {
    return explain(arguments, *device, source);
  }
  workload::RunOptions options;
  options.measure.commands = arguments.setup.until;
  auto report = [&] {
    RunProgress progress(options, device->now());
    return workload::run(*device, source, options, &progress);
  }();
  if (!report) {
    return std::move(report).error();
  }
  // Requests beyond the last one that was asked for do not matter.
  if (source.error() && (arguments.setup.until == 0 || source.requests() < arguments.setup.until)) {
    return *source.error();
  }
  if (!report->interrupted) {
    GANTRY_CHECK(save_state(arguments.device, opened));
  }
  GANTRY_TRY(const auto setup, setup_of(description, arguments.setup, source,
                                        {arguments.device.state, opened.checksum}));
  return put_out(*report, setup, arguments.output);
}

}  // namespace

void add_replay(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("replay", "Run the requests of a trace on a device");
  command->footer(
      "Examples:\n"
      "  gantry ssd replay trace.csv --device ref-a --fill\n"
      "  gantry ssd replay trace.csv --device ref-a --queue-depth 32 --json\n"
      "  gantry ssd replay trace.csv --device ref-a --until 4711 --explain\n"
      "  gantry ssd replay monday.csv --state sunday.state --save-state monday.state");
  auto arguments = std::make_shared<ReplayArguments>();
  command->add_option("trace", arguments->setup.trace, "The trace")->type_name("FILE")->required();
  add_device_options(*command, arguments->device);
  add_trace_format_option(*command, arguments->format);
  command->add_option("--queue-depth", arguments->setup.queue_depth,
                      "As fast as possible, with so many outstanding; default: at their times");
  command
      ->add_option("--namespace", arguments->setup.space,
                   "Its addresses; default: the whole device")
      ->type_name("N|NAME");
  command->add_option("--beyond", arguments->setup.beyond,
                      "Addresses beyond the device: wrap to its begin, or error");
  command->add_option("--fill", arguments->setup.fill, "State before: none, sequential or random")
      ->expected(0, 1)
      ->default_str("sequential");
  command->add_option("--until", arguments->setup.until, "End with this request, counted from 1");
  command->add_flag("--explain", arguments->explain, "Say why that request took its time")
      ->excludes(command->get_option("--save-state"));
  add_report_options(*command, arguments->output);
  command->callback(
      [&action, arguments] { action = [arguments] { return replay_trace(*arguments); }; });
}

}  // namespace gantry::cli
