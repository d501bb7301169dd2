#include "workload/replay.hpp"

#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/report_output_options.hpp"
#include "cli/run_progress.hpp"
#include "cli/standard_output.hpp"
#include "cli/trace_format_option.hpp"
#include "cli/workload_options.hpp"
#include "config/description.hpp"
#include "workload/driver.hpp"
#include "workload/report_output.hpp"

namespace gantry::cli {

namespace {

struct ReplayArguments {
  std::string trace;
  std::string device;
  std::string format;
  std::string fill = "none";
  std::string beyond = "wrap";
  std::uint32_t queue_depth = 0;
  std::uint64_t until = 0;
  bool explain = false;
  ReportOutput output;
};

std::string explanation(const ssd::Completion& completion) {
  const auto& [command, time, latency] = completion;
  auto text =
      fmt::format("request {}: {} of {} pages from page {}, at {} ns, took {} ns\n", command.tag,
                  workload::name_of(command.opcode), command.pages, ssd::index(command.lpn),
                  command.time.count(), (time - command.time).count());
  const auto part = [&](const char* name, ssd::Nanos nanos, const char* what) {
    text += fmt::format("  {:<12}{:>14} ns  {}\n", name, nanos.count(), what);
  };
  part("queue", latency.queue, "until the controller took it up, and the controller's work");
  part("buffer", latency.buffer, "for room in the write buffer, and its access");
  part("channel", latency.channel, "for the channel, and on it");
  part("die", latency.die, "for the die, and in its array");
  part("collection", latency.collection, "while garbage collection had the die");
  part("link", latency.link, "for the link to the host, and on it");
  return text;
}

base::Result<int> replay_trace(const ReplayArguments& arguments) {
  if (arguments.explain && arguments.until == 0) {
    return base::Error{"--explain needs --until: the number of the request to explain", "", ""};
  }
  if (arguments.beyond != "wrap" && arguments.beyond != "error") {
    return base::Error{"--beyond is wrap or error", "", ""};
  }
  GANTRY_TRY(const auto description, config::load(arguments.device));
  GANTRY_TRY(auto reader, open_trace(arguments.trace, arguments.format));
  ssd::Device device(description.parameters);
  GANTRY_CHECK(fill(device, arguments.fill, 1));
  workload::Replay source(std::move(reader), description.parameters,
                          {.queue_depth = arguments.queue_depth,
                           .wrap = arguments.beyond == "wrap",
                           .explain = arguments.explain ? arguments.until : 0});
  workload::RunOptions options;
  options.measure.commands = arguments.until;
  auto report = [&] {
    RunProgress progress(options);
    return workload::run(device, source, options, &progress);
  }();
  if (!report) {
    return std::move(report).error();
  }
  // Requests beyond the last one that was asked for do not matter.
  if (source.error() && (arguments.until == 0 || source.requests() < arguments.until)) {
    return *source.error();
  }
  if (arguments.explain) {
    if (!source.explained()) {
      return base::Error{fmt::format("there is no request {}: the trace has {}", arguments.until,
                                     source.requests()),
                         arguments.trace, ""};
    }
    GANTRY_CHECK(print(explanation(*source.explained())));
    return 0;
  }
  return put_out(*report, description.name, arguments.output);
}

}  // namespace

void add_replay(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("replay", "Run the requests of a trace on a device");
  command->footer(
      "Examples:\n"
      "  gantry ssd replay trace.csv --device ref-a --fill\n"
      "  gantry ssd replay trace.csv --device ref-a --queue-depth 32 --json\n"
      "  gantry ssd replay trace.csv --device ref-a --until 4711 --explain");
  auto arguments = std::make_shared<ReplayArguments>();
  command->add_option("trace", arguments->trace, "The trace")->type_name("FILE")->required();
  command->add_option("--device", arguments->device, "A description, or the name of a profile")
      ->type_name("FILE|PROFILE")
      ->required();
  add_trace_format_option(*command, arguments->format);
  command->add_option("--queue-depth", arguments->queue_depth,
                      "As fast as possible, with so many outstanding; default: at their times");
  command->add_option("--beyond", arguments->beyond,
                      "Addresses beyond the device: wrap to its begin, or error");
  command->add_option("--fill", arguments->fill, "State before: none, sequential or random")
      ->expected(0, 1)
      ->default_str("sequential");
  command->add_option("--until", arguments->until, "End with this request, counted from 1");
  command->add_flag("--explain", arguments->explain, "Say where the time of that request went");
  add_report_options(*command, arguments->output);
  command->callback(
      [&action, arguments] { action = [arguments] { return replay_trace(*arguments); }; });
}

}  // namespace gantry::cli
