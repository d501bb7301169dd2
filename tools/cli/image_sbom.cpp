#include <memory>

#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/document_output.hpp"
#include "cli/image_name.hpp"
#include "cli/version.hpp"
#include "oci/image.hpp"
#include "supply/build_record.hpp"
#include "supply/sbom.hpp"

namespace gantry::cli {

namespace {

struct Options {
  std::string image;
  std::string platform;
  std::string name;
  std::string build_record;
  DocumentOutput output;
};

base::Result<int> write_sbom(const Options& options) {
  supply::BuildRecord record;
  if (!options.build_record.empty()) {
    GANTRY_TRY(record, supply::read_build_record(options.build_record));
  }
  GANTRY_TRY(const auto named, options.output.open(options.image, options.platform, Need::kLayers));
  const auto& image = named.image;
  supply::SbomOptions sbom;
  sbom.project = record.project;
  sbom.name = options.name.empty() ? image_name(options.image, image) : options.name;
  sbom.tool = fmt::format("gantry-{}", kVersion);
  GANTRY_TRY(const auto document, supply::make_sbom(image, sbom));
  return options.output.put(document, options.image, named,
                            {.artifact_type = supply::kSpdxMediaType});
}

}  // namespace

void add_image_sbom(CLI::App& image, Action& action) {
  auto* command = image.add_subcommand("sbom", "Write an image's bill of materials (SPDX 2.3)");
  command->footer(
      "Every file with its digests, the Debian packages of the image, those that runtime "
      "libraries came from if they are still installed here, and where the image's source is. "
      "The same image gives the same bytes.\n\n"
      "Example:\n  gantry image sbom build/gantry/images/app.image --output app.spdx.json");
  auto options = std::make_shared<Options>();
  command
      ->add_option("image", options->image,
                   "FILE.image, oci:DIR[:TAG|@DIGEST], HOST/REPOSITORY[:TAG|@DIGEST]")
      ->type_name("IMAGE")
      ->required();
  command->add_option("--platform", options->platform, "Which image of an index: os/arch[/variant]")
      ->type_name("PLATFORM");
  command->add_option("--name", options->name, "What to call the image; default: its title")
      ->type_name("NAME");
  command->add_option("--build-record", options->build_record, "What CMake wrote about the build")
      ->type_name("FILE");
  options->output.add_to(*command);
  command->callback([&action, options] { action = [options] { return write_sbom(*options); }; });
}

}  // namespace gantry::cli
