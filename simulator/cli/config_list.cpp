#include <string>

#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/standard_output.hpp"
#include "config/description.hpp"
#include "config/profiles.hpp"

namespace gantry::cli {

namespace {

base::Result<int> list() {
  std::string text;
  for (const auto& profile : config::profiles()) {
    GANTRY_TRY(const auto description, config::load(std::string(profile.name)));
    text += fmt::format("{}\n    {}\n", profile.name, description.origin);
  }
  GANTRY_CHECK(print(text));
  return kSuccess;
}

}  // namespace

void add_config_list(CLI::App& config, Action& action) {
  auto* command = config.add_subcommand(
      "list", "List the devices that are known by name, and where their figures come from");
  command->callback([&action] { action = list; });
}

}  // namespace gantry::cli
