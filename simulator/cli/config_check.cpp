#include <memory>
#include <string>

#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/standard_output.hpp"
#include "config/description.hpp"

namespace gantry::cli {

namespace {

base::Result<int> check(const std::string& device) {
  GANTRY_TRY(const auto reading, config::inspect(device));
  std::string text;
  for (const auto& problem : reading.problems) {
    text += fmt::format("{}: {}\n", device, to_text(problem));
  }
  GANTRY_CHECK(print(text));
  return reading.problems.empty() ? kSuccess : kFailure;
}

}  // namespace

void add_config_check(CLI::App& config, Action& action) {
  auto* command = config.add_subcommand("check", "List all that is wrong with a description");
  command->footer(
      "Nothing is printed and the exit code is 0 if a device can be so; otherwise it is 1, and "
      "each "
      "problem has a line with its JSON pointer.\n\n"
      "Example:\n  gantry ssd config check my.json");
  auto device = std::make_shared<std::string>();
  command->add_option("device", *device, "A description, or the name of a profile")
      ->type_name("FILE|PROFILE")
      ->required();
  command->callback([&action, device] { action = [device] { return check(*device); }; });
}

}  // namespace gantry::cli
