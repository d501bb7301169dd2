#include "cli/device_options.hpp"

#include "cli/workload_options.hpp"

namespace gantry::cli {

void add_device_options(CLI::App& command, DeviceOptions& options) {
  command.add_option("--device", options.device, "A description, or the name of a profile")
      ->type_name("FILE|PROFILE");
  command
      .add_option("--state", options.state,
                  "Go on from this state, as --save-state and 'precondition' write it")
      ->type_name("FILE");
  command.add_option("--save-state", options.save_state, "Write the state at the end to this file")
      ->type_name("FILE");
}

base::Result<state::Opened> make_device(const DeviceOptions& options, const std::string& fill_kind,
                                        std::uint64_t seed) {
  if (options.state.empty()) {
    if (options.device.empty()) {
      return base::Error{"--device or --state is needed: what device is to be simulated", "",
                         "`gantry ssd config list` names those that are known"};
    }
    GANTRY_TRY(auto description, config::load(options.device));
    GANTRY_TRY(auto device, filled_device(description, fill_kind, seed));
    return state::Opened{std::move(description), std::move(device), 0};
  }
  if (fill_kind != "none") {
    return base::Error{"--fill and --state exclude each other: a state says what is on the device",
                       "", ""};
  }
  GANTRY_TRY(auto opened, state::open(options.state));
  if (!options.device.empty()) {
    GANTRY_TRY(const auto wanted, config::load(options.device));
    GANTRY_CHECK(state::check_same_device(opened, wanted, options.state));
  }
  return opened;
}

base::Result<void> save_state(const DeviceOptions& options, state::Opened& opened) {
  if (options.save_state.empty()) {
    return {};
  }
  return state::save(*opened.device, opened.description, options.save_state);
}

}  // namespace gantry::cli
