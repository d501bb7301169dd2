#include <memory>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/warning.hpp"
#include "content/stage.hpp"

namespace gantry::cli {

void add_image_stage(CLI::App& image, Action& action) {
  auto* command = image.add_subcommand(
      "stage", "Install one component of a CMake build tree into a directory of its own");
  command->footer(
      "The manifest is written only if it changes; gantry_add_image() runs this command.\n\n"
      "Example:\n  gantry image stage --build-dir build --component runtime --tree /tmp/tree "
      "--output /tmp/manifest");
  auto request = std::make_shared<content::StageRequest>();
  command->add_option("--cmake", request->cmake, "The cmake program")
      ->type_name("PROGRAM")
      ->capture_default_str();
  command->add_option("--build-dir", request->build_directory, "Top-level build directory")
      ->type_name("DIR")
      ->required();
  command->add_option("--component", request->component, "Install component")->required();
  command->add_option("--config", request->config, "Configuration of a multi-config build tree");
  command->add_option("--prefix", request->prefix, "Where relative destinations begin")
      ->type_name("DIR")
      ->capture_default_str();
  command->add_option("--tree", request->tree, "The directory to fill; replaced as a whole")
      ->type_name("DIR")
      ->required();
  command->add_option("--output", request->manifest, "The manifest to write")
      ->type_name("FILE")
      ->required();
  command->add_option("--depfile", request->depfile, "Makefile rules that name every input")
      ->type_name("FILE");
  command->callback([&action, request] {
    action = [request]() -> base::Result<int> {
      GANTRY_TRY(const auto staged, content::stage(*request));
      warn_of_unsafe_names(staged.dependencies);
      return kSuccess;
    };
  });
}

}  // namespace gantry::cli
