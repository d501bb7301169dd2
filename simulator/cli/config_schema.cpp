#include <memory>
#include <string>

#include "base/file.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/standard_output.hpp"
#include "config/reference.hpp"
#include "config/schema.hpp"

namespace gantry::cli {

namespace {

struct Options {
  bool markdown = false;
  std::string output;
};

base::Result<int> write_schema(const Options& options) {
  const auto text = options.markdown ? config::reference() : config::schema();
  if (options.output.empty()) {
    GANTRY_CHECK(print(text));
  } else {
    GANTRY_CHECK(base::write_file(options.output, text));
  }
  return kSuccess;
}

}  // namespace

void add_config_schema(CLI::App& config, Action& action) {
  auto* command =
      config.add_subcommand("schema", "Write the JSON schema of descriptions, for editors");
  command->footer(
      "It holds names, types and units; 'gantry ssd config check' knows more.\n\n"
      "Example:\n  gantry ssd config schema --output device.schema.json");
  auto options = std::make_shared<Options>();
  command->add_flag("--markdown", options->markdown, "A table of all keys instead, for people");
  command->add_option("--output", options->output, "Where to write it; default: standard output")
      ->type_name("FILE");
  command->callback([&action, options] { action = [options] { return write_schema(*options); }; });
}

}  // namespace gantry::cli
