#include <memory>

#include <fmt/format.h>

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/document_output.hpp"
#include "cli/image_name.hpp"
#include "cli/version.hpp"
#include "oci/image.hpp"
#include "supply/provenance.hpp"

namespace gantry::cli {

namespace {

struct Options {
  std::string image;
  std::string platform;
  supply::BuildFacts facts;
  std::vector<std::string> materials;
  std::string started_on;
  std::string finished_on;
  DocumentOutput output;
};

base::Result<std::optional<std::int64_t>> parse_time(const std::string& text, const char* option) {
  if (text.empty()) {
    return std::optional<std::int64_t>();
  }
  const auto time = base::parse_time(text);
  if (!time) {
    return base::Error{fmt::format("'{}' is no time", base::printable(text)), option,
                       "one looks like 2026-11-21T01:20:22Z"};
  }
  return time;
}

base::Result<int> write_provenance(const Options& options) {
  auto facts = options.facts;
  for (const auto& text : options.materials) {
    GANTRY_TRY(auto material, supply::parse_material(text));
    facts.materials.push_back(std::move(material));
  }
  GANTRY_TRY(facts.started_on, parse_time(options.started_on, "--started-on"));
  GANTRY_TRY(facts.finished_on, parse_time(options.finished_on, "--finished-on"));
  facts.tool_version = kVersion;
  GANTRY_TRY(const auto named, options.output.open(options.image, options.platform, Need::kConfig));
  const auto& image = named.image;
  if (facts.image.empty()) {
    facts.image = image_name(options.image, image);
  }
  return options.output.put(supply::make_provenance(image, facts), options.image, named,
                            supply::provenance_attachment());
}

}  // namespace

void add_image_provenance(CLI::App& image, Action& action) {
  auto* command =
      image.add_subcommand("provenance", "Write how an image was built (SLSA provenance 1)");
  command->footer(
      "An in-toto statement. Commit, base and root file system are read from the image; what only "
      "the build knows is given by options. The same image and options give the same bytes, unless "
      "they name one run.\n\n"
      "Example:\n  gantry image provenance oci:published:1.2.0 --target app --preset release "
      "--compiler GNU --compiler-version 12.2.0 --attach");
  auto options = std::make_shared<Options>();
  auto& facts = options->facts;
  const auto text = [&](const char* name, std::string& value, const char* description,
                        const char* type) {
    command->add_option(name, value, description)->type_name(type);
  };
  command
      ->add_option("image", options->image,
                   "FILE.image, oci:DIR[:TAG|@DIGEST], HOST/REPOSITORY[:TAG|@DIGEST]")
      ->type_name("IMAGE")
      ->required();
  text("--platform", options->platform, "Which image of an index: os/arch[/variant]", "PLATFORM");
  text("--name", facts.image, "What the statement calls the image; default: its title", "NAME");
  text("--target", facts.target, "The CMake target", "TARGET");
  text("--preset", facts.preset, "The CMake preset", "PRESET");
  text("--build-type", facts.build_type, "The CMake build type", "TYPE");
  command->add_option("--tag", facts.tags, "A tag that the image gets")
      ->type_name("TAG")
      ->allow_extra_args(false);
  text("--compiler", facts.compiler, "CMake's name of the compiler", "NAME");
  text("--compiler-version", facts.compiler_version, "Its version", "VERSION");
  command->add_option("--material", options->materials, "Something else that went into the image")
      ->type_name("NAME@DIGEST")
      ->allow_extra_args(false);
  text("--builder", facts.builder, "The URI of who runs the build", "URI");
  text("--invocation", facts.invocation, "What names this one run", "ID");
  text("--started-on", options->started_on, "When it began (RFC 3339)", "TIME");
  text("--finished-on", options->finished_on, "When it ended", "TIME");
  options->output.add_to(*command);
  command->callback(
      [&action, options] { action = [options] { return write_provenance(*options); }; });
}

}  // namespace gantry::cli
