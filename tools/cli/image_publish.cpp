#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/publish_tags.hpp"
#include "cli/standard_output.hpp"
#include "oci/image.hpp"
#include "oci/json_document.hpp"
#include "oci/layout.hpp"

namespace gantry::cli {

namespace {

struct Options {
  std::string image;
  std::string destination;
  TagOptions tags;
  bool json = false;
};

base::Result<std::vector<std::string>> tags_of(const oci::Layout& layout) {
  GANTRY_TRY(const auto index, layout.read_index());
  std::vector<std::string> tags;
  for (const auto& manifest : index.manifests) {
    if (const auto name = manifest.annotations.find(std::string(oci::kRefName));
        name != manifest.annotations.end()) {
      tags.push_back(name->second);
    }
  }
  return tags;
}

base::Result<int> publish(const Options& options) {
  if (!options.destination.starts_with("oci:")) {
    return base::Error{
        fmt::format("'{}' is no place to publish to", base::printable(options.destination)), "--to",
        "a place is oci:DIR, an OCI image layout"};
  }
  GANTRY_TRY(const auto destination, oci::parse_layout_reference(options.destination));
  if (!destination.digest.empty()) {
    return base::Error{"a digest cannot be chosen", "--to", "give a tag, or none"};
  }
  auto wanted = options.tags;
  if (!destination.tag.empty()) {
    wanted.tags.push_back(destination.tag);
  }
  GANTRY_TRY(const auto planned, plan(wanted));
  GANTRY_TRY(const auto image, oci::open_image(options.image));
  GANTRY_TRY(const auto layout, oci::Layout::open_or_create(destination.directory));
  GANTRY_TRY(const auto tags, movable(planned, [&] { return tags_of(layout); }));
  GANTRY_TRY(const bool changed,
             layout.publish(image.blobs, image.descriptor, image.config.platform, tags));
  const auto digest = image.descriptor.digest.text();
  const auto reference = fmt::format("oci:{}@{}", destination.directory.native(), digest);
  const auto json = [&] {
    return oci::canonical(
        {{"reference", reference}, {"digest", digest}, {"tags", tags}, {"changed", changed}});
  };
  GANTRY_CHECK(print((options.json ? json() : reference) + "\n"));
  return kSuccess;
}

}  // namespace

void add_image_publish(CLI::App& image, Action& action) {
  auto* command = image.add_subcommand("publish", "Put an image into an OCI image layout");
  command->footer(
      "Prints the reference by digest. Tags that other images have move here, all at once; "
      "publishing again changes nothing.\n\n"
      "Example:\n  gantry image publish build/gantry/images/app.image --to oci:published "
      "--tag 1.2.0 --tag latest");
  auto options = std::make_shared<Options>();
  command->add_option("image", options->image, "FILE.image, oci:DIR[:TAG|@DIGEST]")
      ->type_name("IMAGE")
      ->required();
  command->add_option("--to", options->destination, "Where to: oci:DIR[:TAG]")
      ->type_name("PLACE")
      ->required();
  options->tags.add_to(*command);
  command->add_flag("--json", options->json, "Print JSON");
  command->callback([&action, options] { action = [options] { return publish(*options); }; });
}

}  // namespace gantry::cli
