#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/standard_output.hpp"
#include "cli/subject.hpp"
#include "oci/json_document.hpp"
#include "oci/manifest.hpp"

namespace gantry::cli {

namespace {

struct Options {
  std::string image;
  std::string platform;
  std::string type;
  bool json = false;
  bool content = false;
  RegistryOptions registry;
};

std::string as_json(const Subject& subject, const std::vector<oci::Descriptor>& referrers) {
  nlohmann::json value = {{"subject", subject.descriptor().digest.text()},
                          {"referrers", nlohmann::json::array()}};
  for (const auto& referrer : referrers) {
    value["referrers"].push_back({{"digest", referrer.digest.text()},
                                  {"artifactType", referrer.artifact_type},
                                  {"size", referrer.size},
                                  {"annotations", referrer.annotations}});
  }
  return oci::canonical(value) + "\n";
}

std::string as_text(const std::vector<oci::Descriptor>& referrers) {
  std::string text;
  for (const auto& referrer : referrers) {
    text +=
        fmt::format("{}  {}\n", referrer.digest.text(), base::printable(referrer.artifact_type));
  }
  return text;
}

/// The document itself, of the only referrer there is.
base::Result<std::string> content_of(const Subject& subject,
                                     const std::vector<oci::Descriptor>& referrers) {
  if (referrers.size() != 1) {
    return base::Error{fmt::format("{} documents are attached", referrers.size()),
                       subject.reference(), referrers.empty() ? "" : "choose one by --type"};
  }
  GANTRY_TRY(const auto blobs,
             subject.place().fetch(referrers.front(), std::numeric_limits<std::uint64_t>::max()));
  const auto where = blobs.path_of(referrers.front().digest).native();
  GANTRY_TRY(const auto json, blobs.read_document(referrers.front()));
  GANTRY_TRY(const auto manifest, oci::parse_manifest(json, where));
  if (manifest.layers.size() != 1) {
    return base::Error{fmt::format("it has {} blobs, not one", manifest.layers.size()), where, ""};
  }
  const auto& blob = manifest.layers.front();
  GANTRY_CHECK(blobs.verify(blob));
  return base::read_file(blobs.path_of(blob.digest));
}

base::Result<int> list(const Options& options) {
  GANTRY_TRY(const auto subject, Subject::find(options.image, options.platform,
                                               registry::Access::kPull, options.registry));
  GANTRY_TRY(auto referrers, subject.referrers());
  if (!options.type.empty()) {
    const auto other = [&](const oci::Descriptor& referrer) {
      return referrer.artifact_type != options.type;
    };
    referrers.erase(std::remove_if(referrers.begin(), referrers.end(), other), referrers.end());
  }
  if (options.content) {
    GANTRY_TRY(const auto content, content_of(subject, referrers));
    GANTRY_CHECK(print(content));
  } else {
    GANTRY_CHECK(print(options.json ? as_json(subject, referrers) : as_text(referrers)));
  }
  return kSuccess;
}

}  // namespace

void add_image_referrers(CLI::App& image, Action& action) {
  auto* command = image.add_subcommand("referrers", "List what is attached to a published image");
  command->footer(
      "Prints the digest and the artifact type of each.\n\n"
      "Example:\n  gantry image referrers oci:published:1.2.0 --type application/spdx+json "
      "--content");
  auto options = std::make_shared<Options>();
  command
      ->add_option("image", options->image, "HOST/REPOSITORY[:TAG|@DIGEST], oci:DIR[:TAG|@DIGEST]")
      ->type_name("IMAGE")
      ->required();
  command->add_option("--type", options->type, "Only those of this artifact type")
      ->type_name("MEDIA_TYPE");
  add_registry_options(*command, options->registry);
  command->add_option("--platform", options->platform, "Which image of an index: os/arch[/variant]")
      ->type_name("PLATFORM");
  auto* json = command->add_flag("--json", options->json, "Print JSON");
  command
      ->add_flag("--content", options->content, "Print the document that is attached, if it is one")
      ->excludes(json);
  command->callback([&action, options] { action = [options] { return list(*options); }; });
}

}  // namespace gantry::cli
