#include <string>

#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/standard_output.hpp"
#include "config/profiles.hpp"

namespace gantry::cli {

namespace {

base::Result<int> list() {
  std::string text;
  for (const auto& profile : config::profiles()) {
    text += fmt::format("{}\n", profile.name);
  }
  GANTRY_CHECK(print(text));
  return kSuccess;
}

}  // namespace

void add_config_list(CLI::App& config, Action& action) {
  auto* command = config.add_subcommand("list", "List the devices that are known by name");
  command->callback([&action] { action = list; });
}

}  // namespace gantry::cli
