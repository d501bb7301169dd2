#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "base/file.hpp"
#include "base/interrupt.hpp"
#include "cli/build_step.hpp"
#include "cli/commands.hpp"
#include "cli/device_options.hpp"
#include "cli/exit_code.hpp"
#include "cli/result_cache.hpp"
#include "cli/run_progress.hpp"
#include "cli/setup.hpp"
#include "cli/standard_output.hpp"
#include "cli/state_facts.hpp"
#include "cli/workload_options.hpp"

namespace gantry::cli {

namespace {

struct PreconditionArguments {
  DeviceOptions device;
  WorkloadOptions workload;
  bool json = false;
  bool cached = false;
  BuildStep step;
};

/// Runs the workload, if there is to be one. False: somebody has interrupted it.
base::Result<bool> warm_up(const PreconditionArguments& arguments, state::Opened& opened) {
  const auto& workload = arguments.workload;
  if (workload.time.empty() && workload.bytes.empty() && workload.commands == 0) {
    return true;
  }
  auto& device = *opened.device;
  GANTRY_TRY(const auto streams, streams_of(workload, opened.description));
  GANTRY_TRY(const auto options, run_options_of(workload, streams, device.parameters()));
  workload::Synthetic source(streams, device.parameters(), workload.seed, device.now());
  RunProgress progress(options, device.now());
  Interruption quiet;
  workload::Watcher* watcher = &progress;
  if (arguments.cached) {
    watcher = &quiet;  // builds do not show how far their steps are
  }
  GANTRY_TRY(const auto report, workload::run(device, source, options, watcher));
  return !report.interrupted;
}

/// The options with their default.
WorkloadOptions with_fill(const PreconditionArguments& arguments) {
  auto workload = arguments.workload;
  if (workload.fill.empty()) {
    workload.fill = arguments.device.state.empty() ? "random" : "none";
  }
  return workload;
}

/// Writes the state; nothing if somebody has interrupted that.
base::Result<std::optional<state::Opened>> make_state(const PreconditionArguments& arguments) {
  const auto workload = with_fill(arguments);
  GANTRY_TRY(auto opened, make_device(arguments.device, workload.fill, workload.seed));
  GANTRY_TRY(const auto is_done, warm_up(arguments, opened));
  if (!is_done) {
    return std::optional<state::Opened>();
  }
  GANTRY_CHECK(save_state(arguments.device, opened));
  return std::optional(std::move(opened));
}

/// What decides a state. It is said beside the state which one that is.
base::Result<std::string> identity(const PreconditionArguments& arguments) {
  const auto workload = with_fill(arguments);
  StateSetup begin;
  config::Description description;
  if (arguments.device.state.empty()) {
    if (arguments.device.device.empty()) {
      return base::Error{"--device or --state is needed", "", ""};
    }
    GANTRY_TRY(description, config::load(arguments.device.device));
  } else {
    GANTRY_TRY(auto opened, state::open(arguments.device.state));
    description = std::move(opened.description);
    begin = {"state", opened.checksum};
  }
  return setup_of(description, workload, begin).json;
}

std::string note_of(const std::string& key, std::uint64_t checksum) {
  return fmt::format("{} {:016x}\n", key, checksum);
}

/// Whether the file is the state of this key, whole and as it was written.
bool is_made(const PreconditionArguments& arguments, const std::string& key,
             const std::filesystem::path& note) {
  const auto text = base::read_file(note, 4096);
  if (!text || !text->starts_with(key)) {
    return false;
  }
  const auto opened = state::open(arguments.device.save_state);
  return opened && *text == note_of(key, opened->checksum);
}

/// For a build: leaves a state alone that is the same, or takes it from the user's cache.
base::Result<int> make_cached(const PreconditionArguments& arguments) {
  const std::filesystem::path output = arguments.device.save_state;
  GANTRY_TRY(const auto cache, ResultCache::open({}));
  GANTRY_TRY(const auto what, identity(arguments));
  const auto key = cache.key("state", what);
  auto note = output;
  note += ".key";
  auto inputs = files_of_device(arguments.device.device);
  if (!arguments.device.state.empty()) {
    inputs.emplace_back(arguments.device.state);
  }
  if (is_made(arguments, key, note)) {
    GANTRY_CHECK(write_depfile(arguments.step, output, std::move(inputs)));
    return kSuccess;
  }
  // Before the state is another one, so that the note is never that of a former one.
  GANTRY_CHECK(base::remove_tree(note));
  auto is_recalled = cache.find_file(key, output);
  auto opened = is_recalled ? state::open(output) : base::Error{};
  if (is_recalled && !opened) {
    cache.remove(key);
    is_recalled = false;
  }
  if (!is_recalled) {
    GANTRY_TRY(const auto made, make_state(arguments));
    if (!made) {
      return 128 + base::interrupt_signal();
    }
    opened = state::open(output);
    if (!opened) {
      return std::move(opened).error();
    }
    GANTRY_CHECK(cache.put_file(key, output));
    cache.trim();
  }
  GANTRY_CHECK(base::write_file(note, note_of(key, opened->checksum)));
  GANTRY_CHECK(write_depfile(arguments.step, output, std::move(inputs)));
  const auto& pages = opened->device->flash().translation().pages();
  GANTRY_CHECK(print(fmt::format(
      "device state {}: {}, {:.1f} % mapped{}\n", output.stem().native(), opened->description.name,
      static_cast<double>(pages.mapped()) * 100 / opened->device->parameters().logical_pages,
      is_recalled ? ", from the cache" : "")));
  return kSuccess;
}

base::Result<int> precondition(const PreconditionArguments& arguments) {
  if (arguments.cached) {
    return make_cached(arguments);
  }
  GANTRY_TRY(const auto opened, make_state(arguments));
  if (!opened) {
    return 128 + base::interrupt_signal();
  }
  std::error_code unknown;
  const auto bytes = std::filesystem::file_size(arguments.device.save_state, unknown);
  GANTRY_CHECK(print(arguments.json ? facts_json(*opened, bytes) : facts_text(*opened, bytes)));
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
  command->add_flag("--cached", arguments->cached,
                    "Leave a file alone that is this state already, or take it from the user's "
                    "cache; what it is made of is kept in a file beside it");
  add_build_step_options(*command, arguments->step);
  command->callback(
      [&action, arguments] { action = [arguments] { return precondition(*arguments); }; });
}

}  // namespace gantry::cli
