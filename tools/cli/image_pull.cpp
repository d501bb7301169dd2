#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/registry_options.hpp"
#include "cli/standard_output.hpp"
#include "oci/image.hpp"
#include "oci/json_document.hpp"
#include "oci/layout.hpp"
#include "registry/pull.hpp"
#include "registry/reference.hpp"

namespace gantry::cli {

namespace {

struct Options {
  std::string source;
  std::string destination;
  std::string platform;
  bool json = false;
  RegistryOptions registry;
};

/// So that a push of what is built on it mounts its layers.
void remember(const registry::Client& client, const registry::Repository& repository,
              const oci::Manifest& manifest) {
  std::vector<content::Digest> digests;
  for (const auto& layer : manifest.layers) {
    digests.push_back(layer.digest);
  }
  client.locations(repository).add(repository.name(), digests);
}

base::Result<int> pull(const Options& options) {
  GANTRY_TRY(const auto source, registry::parse_reference(options.source));
  if (!options.destination.starts_with("oci:")) {
    return base::Error{
        fmt::format("'{}' is no place to pull to", base::printable(options.destination)), "--to",
        "a place is oci:DIR, an OCI image layout"};
  }
  GANTRY_TRY(const auto destination, oci::parse_layout_reference(options.destination));
  std::optional<oci::Platform> platform;
  if (!options.platform.empty()) {
    GANTRY_TRY(platform, oci::Platform::parse(options.platform));
  }
  const auto name = source.tag.empty() ? std::string("latest") : source.tag;
  const auto reference = source.digest ? source.digest->text() : name;
  GANTRY_TRY(const auto client, make_client(options.registry));
  GANTRY_TRY(const auto repository, client->repository(source, registry::Access::kPull));
  GANTRY_TRY(const auto layout, oci::Layout::open_or_create(destination.directory));
  const registry::BlobTarget target{layout.blobs(), layout.blobs().root() / "blobs"};
  GANTRY_TRY(const auto pulled, registry::pull_manifest(repository, reference, platform, target));
  GANTRY_CHECK(registry::pull_blobs(repository, pulled.manifest, target));
  remember(*client, repository, pulled.manifest);
  GANTRY_TRY(const auto image, oci::read_image(layout.blobs(), pulled.descriptor));
  std::vector<std::string> tags;
  if (!destination.tag.empty()) {
    tags.push_back(destination.tag);
  } else if (!source.digest || !source.tag.empty()) {
    tags.push_back(name);
  }
  GANTRY_TRY(const bool changed, layout.publish(layout.blobs(), image.descriptor, tags));
  const auto digest = image.descriptor.digest.text();
  const auto result = fmt::format("oci:{}@{}", destination.directory.native(), digest);
  const auto json = [&] {
    return oci::canonical(
        {{"reference", result}, {"digest", digest}, {"tags", tags}, {"changed", changed}});
  };
  GANTRY_CHECK(print((options.json ? json() : result) + "\n"));
  return kSuccess;
}

}  // namespace

void add_image_pull(CLI::App& image, Action& action) {
  auto* command = image.add_subcommand("pull", "Fetch an image from a registry");
  command->footer(
      "Fetches only what is not there; a pull that was broken off goes on where it was. Prints "
      "the reference by digest.\n\n"
      "Example:\n  gantry image pull docker.io/debian:bookworm-slim --to oci:base");
  auto options = std::make_shared<Options>();
  command->add_option("image", options->source, "HOST/REPOSITORY[:TAG][@DIGEST]; the tag is latest")
      ->type_name("REFERENCE")
      ->required();
  command->add_option("--to", options->destination, "Where to: oci:DIR[:TAG]; the tag is its own")
      ->type_name("PLACE")
      ->required();
  command
      ->add_option("--platform", options->platform,
                   "Which image of an index: os/architecture[/variant]; default: this machine's")
      ->type_name("PLATFORM");
  add_registry_options(*command, options->registry);
  command->add_flag("--json", options->json, "Print JSON");
  command->callback([&action, options] { action = [options] { return pull(*options); }; });
}

}  // namespace gantry::cli
