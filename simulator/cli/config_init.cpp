#include <memory>
#include <string>

#include "base/file.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/standard_output.hpp"
#include "config/description.hpp"

namespace gantry::cli {

namespace {

struct Options {
  std::string device;
  std::string output;
};

base::Result<int> init(const Options& options) {
  GANTRY_TRY(const auto description, config::load(options.device));
  const auto text = write(description);
  if (options.output.empty()) {
    GANTRY_CHECK(print(text));
  } else {
    GANTRY_CHECK(base::write_file(options.output, text));
  }
  return kSuccess;
}

}  // namespace

void add_config_init(CLI::App& config, Action& action) {
  auto* command =
      config.add_subcommand("init", "Write a description with all its keys, to be changed");
  command->footer("Example:\n  gantry ssd config init ref-a --output my.json");
  auto options = std::make_shared<Options>();
  command->add_option("device", options->device, "The name of a profile, or a description")
      ->type_name("PROFILE|FILE")
      ->required();
  command->add_option("--output", options->output, "Where to write it; default: standard output")
      ->type_name("FILE");
  command->callback([&action, options] { action = [options] { return init(*options); }; });
}

}  // namespace gantry::cli
