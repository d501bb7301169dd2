#include <filesystem>
#include <memory>
#include <string>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/standard_output.hpp"
#include "cli/state_facts.hpp"

namespace gantry::cli {

namespace {

struct Options {
  std::string file;
  bool json = false;
};

base::Result<int> show(const Options& options) {
  GANTRY_TRY(const auto opened, state::open(options.file));
  std::error_code unknown;
  const auto bytes = std::filesystem::file_size(options.file, unknown);
  GANTRY_CHECK(print(options.json ? facts_json(opened, bytes) : facts_text(opened, bytes)));
  return kSuccess;
}

}  // namespace

void add_state_show(CLI::App& state, Action& action) {
  auto* command = state.add_subcommand("show", "What a state file holds");
  command->footer("Example:\n  gantry ssd state show drive.state");
  auto options = std::make_shared<Options>();
  command->add_option("file", options->file, "The state")->type_name("FILE")->required();
  command->add_flag("--json", options->json, "Print JSON, the device's description included");
  command->callback([&action, options] { action = [options] { return show(*options); }; });
}

}  // namespace gantry::cli
