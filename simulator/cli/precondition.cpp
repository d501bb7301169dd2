#include <filesystem>
#include <memory>
#include <string>

#include "base/interrupt.hpp"
#include "cli/commands.hpp"
#include "cli/device_options.hpp"
#include "cli/exit_code.hpp"
#include "cli/run_progress.hpp"
#include "cli/standard_output.hpp"
#include "cli/state_facts.hpp"
#include "cli/workload_options.hpp"

namespace gantry::cli {

namespace {

struct PreconditionArguments {
  DeviceOptions device;
  WorkloadOptions workload;
  bool json = false;
};

/// Runs the workload, if there is to be one. False: somebody has interrupted it.
base::Result<bool> warm_up(const WorkloadOptions& workload, state::Opened& opened) {
  if (workload.time.empty() && workload.bytes.empty() && workload.commands == 0) {
    return true;
  }
  auto& device = *opened.device;
  GANTRY_TRY(const auto streams, streams_of(workload, opened.description));
  GANTRY_TRY(const auto options, run_options_of(workload, streams, device.parameters()));
  workload::Synthetic source(streams, device.parameters(), workload.seed, device.now());
  RunProgress progress(options, device.now());
  GANTRY_TRY(const auto report, workload::run(device, source, options, &progress));
  return !report.interrupted;
}

base::Result<int> precondition(const PreconditionArguments& arguments) {
  auto fill_kind = arguments.workload.fill;
  if (fill_kind.empty()) {
    fill_kind = arguments.device.state.empty() ? "random" : "none";
  }
  GANTRY_TRY(auto opened, make_device(arguments.device, fill_kind, arguments.workload.seed));
  GANTRY_TRY(const auto is_done, warm_up(arguments.workload, opened));
  if (!is_done) {
    return 128 + base::interrupt_signal();
  }
  GANTRY_CHECK(save_state(arguments.device, opened));
  std::error_code unknown;
  const auto bytes = std::filesystem::file_size(arguments.device.save_state, unknown);
  GANTRY_CHECK(print(arguments.json ? facts_json(opened, bytes) : facts_text(opened, bytes)));
  return kSuccess;
}

}  // namespace

void add_precondition(CLI::App& app, Action& action) {
  auto* command =
      app.add_subcommand("precondition", "Write the state of a device that has been used");
  command->footer(
      "Fills a device, at random if --fill says nothing else, and runs a workload on it if "
      "--time,\n"
      "--commands or --bytes says how long: writes, if --read says nothing else.\n\n"
      "Examples:\n"
      "  gantry ssd precondition --device ref-a --output drive.state\n"
      "  gantry ssd precondition --device my.json --output drive.state --fill sequential \\\n"
      "    --pattern hot-cold:80%/20% --queue-depth 32 --bytes 20GiB\n"
      "  gantry ssd run --state drive.state --queue-depth 32");
  auto arguments = std::make_shared<PreconditionArguments>();
  arguments->workload.fill.clear();
  arguments->workload.read = "0%";
  command
      ->add_option("--device", arguments->device.device, "A description, or the name of a profile")
      ->type_name("FILE|PROFILE");
  command->add_option("--state", arguments->device.state, "Go on from this state")
      ->type_name("FILE");
  command->add_option("--output", arguments->device.save_state, "Where to write the state")
      ->type_name("FILE")
      ->required();
  add_workload_options(*command, arguments->workload);
  command->add_flag("--json", arguments->json, "Print as JSON what the device holds");
  command->callback(
      [&action, arguments] { action = [arguments] { return precondition(*arguments); }; });
}

}  // namespace gantry::cli
