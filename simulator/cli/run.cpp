#include <cstdio>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/device_options.hpp"
#include "cli/exit_code.hpp"
#include "cli/explain_command.hpp"
#include "cli/report_output_options.hpp"
#include "cli/run_progress.hpp"
#include "cli/workload_options.hpp"

namespace gantry::cli {

namespace {

struct RunArguments {
  DeviceOptions device;
  WorkloadOptions workload;
  std::uint64_t until = 0;
  bool explain = false;
  ReportOutput output;
};

base::Result<int> explain(const RunArguments& arguments, ssd::Device& device,
                          workload::Synthetic& source) {
  GANTRY_TRY(const auto code, explain_command(device, source, arguments.until, arguments.output));
  return code.value_or(kSuccess);
}

base::Result<int> run_workload(const RunArguments& arguments) {
  if (arguments.explain != (arguments.until > 0)) {
    return base::Error{"--explain and --until go together: the number of the command to explain",
                       "", ""};
  }
  GANTRY_TRY(auto opened,
             make_device(arguments.device, arguments.workload.fill, arguments.workload.seed));
  const auto& description = opened.description;
  const auto& device = opened.device;
  GANTRY_TRY(const auto streams, streams_of(arguments.workload, description));
  GANTRY_TRY(const auto options,
             run_options_of(arguments.workload, streams, description.parameters));
  if (device->flash().translation().pages().mapped() == 0 && streams.front().reads > 0) {
    fmt::print(stderr,
               "gantry-ssd: note: the device is empty at first, and reads of pages that were never "
               "written do not go to flash; see --fill\n");
  }
  workload::Synthetic source(streams, description.parameters, arguments.workload.seed,
                             device->now());
  if (arguments.explain) {
    return explain(arguments, *device, source);
  }
  base::Result<workload::Report> report = [&] {
    RunProgress progress(options, device->now());
    return workload::run(*device, source, options, &progress);
  }();
  if (!report) {
    return std::move(report).error();
  }
  if (!report->interrupted) {
    GANTRY_CHECK(save_state(arguments.device, opened));
  }
  return put_out(
      *report, setup_of(description, arguments.workload, {arguments.device.state, opened.checksum}),
      arguments.output);
}

}  // namespace

void add_run(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("run", "Run a synthetic workload on a device and measure it");
  command->footer(
      "Examples:\n"
      "  gantry ssd run --device ref-a --fill --queue-depth 32\n"
      "  gantry ssd run --device ref-a --fill random --read 70% --rate 20k/s --time 2s --json\n"
      "  gantry ssd run --device my.json --pattern zipf:0.99 --read 0% --csv series.csv\n"
      "  gantry ssd run --state drive.state --read 0% --save-state after.state");
  auto arguments = std::make_shared<RunArguments>();
  add_device_options(*command, arguments->device);
  add_workload_options(*command, arguments->workload);
  command->add_option("--until", arguments->until,
                      "Number of the command that --explain is about, counted from 1");
  command
      ->add_flag("--explain", arguments->explain,
                 "Say why that command took its time, instead of measuring")
      ->excludes(command->get_option("--save-state"));
  add_report_options(*command, arguments->output);
  command->callback(
      [&action, arguments] { action = [arguments] { return run_workload(*arguments); }; });
}

}  // namespace gantry::cli
