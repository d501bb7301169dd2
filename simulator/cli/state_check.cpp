#include <memory>
#include <string>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/standard_output.hpp"
#include "state/state.hpp"

namespace gantry::cli {

namespace {

base::Result<int> check(const std::string& file) {
  GANTRY_TRY(const auto opened, state::open(file));
  GANTRY_CHECK(print("the state is whole\n"));
  return kSuccess;
}

}  // namespace

void add_state_check(CLI::App& state, Action& action) {
  auto* command =
      state.add_subcommand("check", "Whether a state file is whole; exit code 1 if it is not");
  command->footer("Example:\n  gantry ssd state check drive.state");
  auto file = std::make_shared<std::string>();
  command->add_option("file", *file, "The state")->type_name("FILE")->required();
  command->callback([&action, file] { action = [file] { return check(*file); }; });
}

}  // namespace gantry::cli
