#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/standard_output.hpp"
#include "config/schema.hpp"

namespace gantry::cli {

namespace {

base::Result<int> print_schema() {
  GANTRY_CHECK(print(config::schema()));
  return kSuccess;
}

}  // namespace

void add_config_schema(CLI::App& config, Action& action) {
  auto* command =
      config.add_subcommand("schema", "Print the JSON schema of descriptions, for editors");
  command->footer(
      "It holds names, types and units; 'gantry ssd config check' knows more.\n\n"
      "Example:\n  gantry ssd config schema > device.schema.json");
  command->callback([&action] { action = print_schema; });
}

}  // namespace gantry::cli
