#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/registry_options.hpp"
#include "cli/standard_output.hpp"
#include "oci/config.hpp"
#include "oci/json_document.hpp"
#include "oci/manifest.hpp"

namespace gantry::cli {

namespace {

struct Options {
  std::string image;
  bool json = false;
  bool raw = false;
  RegistryOptions registry;
};

/// A line of "name  value"; nothing if the value is empty.
std::string field(std::string_view name, std::string_view value) {
  return value.empty() ? "" : fmt::format("{:<12} {}\n", name, base::printable(value));
}

std::string lines_of(const oci::Annotations& annotations) {
  std::string text;
  for (const auto& [key, value] : annotations) {
    text += field(text.empty() ? "annotation" : "", key + "=" + value);
  }
  return text;
}

std::string describe(const oci::Index& index) {
  auto text = lines_of(index.annotations);
  text += fmt::format("\n{:<16}  {:<71}  {:>8}  {}\n", "PLATFORM", "DIGEST", "SIZE", "TYPE");
  for (const auto& entry : index.manifests) {
    const auto platform = entry.platform ? entry.platform->text() : "-";
    const auto& type = entry.artifact_type.empty() ? entry.media_type : entry.artifact_type;
    text += fmt::format("{:<16}  {}  {:>8}  {}\n", base::printable(platform), entry.digest.text(),
                        base::format_bytes(entry.size), base::printable(type));
  }
  return text;
}

/// Platform and time of an image; what is no image has none.
base::Result<std::string> describe_config(const registry::Repository& repository,
                                          const oci::Descriptor& descriptor) {
  if (descriptor.media_type != oci::media_type::kConfig) {
    return field("config", descriptor.media_type);
  }
  GANTRY_TRY(const auto json, repository.get_document(descriptor));
  GANTRY_TRY(const auto config, oci::parse_config(json, descriptor.digest.text()));
  return field("platform", config.platform.text()) +
         field("created", config.created ? base::format_time(*config.created) : "");
}

base::Result<std::string> describe(const registry::Repository& repository,
                                   const oci::Manifest& manifest) {
  GANTRY_TRY(auto text, describe_config(repository, manifest.config));
  std::uint64_t bytes = 0;
  for (const auto& layer : manifest.layers) {
    bytes += layer.size;
  }
  text += field("artifact", manifest.artifact_type);
  text += field("subject", manifest.subject ? manifest.subject->digest.text() : "");
  text +=
      field("size", fmt::format("{} in {} layer{}", base::format_bytes(bytes),
                                manifest.layers.size(), manifest.layers.size() == 1 ? "" : "s"));
  text += lines_of(manifest.annotations);
  text += fmt::format("\n{:>5}  {:<71}  {:>8}  {}\n", "LAYER", "DIGEST", "SIZE", "TYPE");
  for (std::size_t i = 0; i < manifest.layers.size(); ++i) {
    const auto& layer = manifest.layers[i];
    text += fmt::format("{:>5}  {}  {:>8}  {}\n", i + 1, layer.digest.text(),
                        base::format_bytes(layer.size), base::printable(layer.media_type));
  }
  return text;
}

base::Result<std::string> describe(const registry::Repository& repository,
                                   const registry::ManifestDocument& document,
                                   const std::string& name) {
  const auto& descriptor = document.descriptor;
  const auto head = field("image", name) + field("digest", descriptor.digest.text()) +
                    field("type", descriptor.media_type);
  if (oci::media_type::is_index(descriptor.media_type)) {
    GANTRY_TRY(const auto index, oci::parse_index(document.content, name));
    return head + describe(index);
  }
  GANTRY_TRY(const auto manifest, oci::parse_manifest(document.content, name));
  GANTRY_TRY(const auto text, describe(repository, manifest));
  return head + text;
}

base::Result<std::string> as_json(const registry::ManifestDocument& document,
                                  const std::string& name) {
  GANTRY_TRY(const auto parsed, oci::JsonDocument::parse(document.content, name));
  return oci::canonical({{"reference", name},
                         {"digest", document.descriptor.digest.text()},
                         {"mediaType", document.descriptor.media_type},
                         {"size", document.descriptor.size},
                         {"manifest", parsed.json()}}) +
         "\n";
}

base::Result<int> inspect(const Options& options) {
  GANTRY_TRY(auto reference, registry::parse_reference(options.image));
  GANTRY_TRY(const auto client, make_client(options.registry));
  GANTRY_TRY(const auto repository, client->repository(reference, registry::Access::kPull));
  const auto wanted = tag_or_digest(reference);
  GANTRY_TRY(const auto document, repository.get_manifest(wanted));
  if (!reference.digest) {
    reference.tag = wanted;
  }
  const auto name = registry::to_text(reference);
  if (!document) {
    return base::Error{"the registry has no such image", name,
                       fmt::format("to see its tags: gantry registry ls {}/{}", reference.host,
                                   reference.repository)};
  }
  if (options.raw) {
    GANTRY_CHECK(print(document->content));
    return kSuccess;
  }
  GANTRY_TRY(const auto text,
             options.json ? as_json(*document, name) : describe(repository, *document, name));
  GANTRY_CHECK(print(text));
  return kSuccess;
}

}  // namespace

void add_registry_inspect(CLI::App& registry, Action& action) {
  auto* command =
      registry.add_subcommand("inspect", "Show what a registry has under a tag or digest");
  command->footer(
      "The manifest or index is verified; layers are not fetched.\n\n"
      "Example:\n  gantry registry inspect docker.io/debian:bookworm-slim");
  auto options = std::make_shared<Options>();
  command->add_option("image", options->image, "HOST/REPOSITORY[:TAG][@DIGEST]; the tag is latest")
      ->type_name("REFERENCE")
      ->required();
  auto* json = command->add_flag("--json", options->json, "Print JSON, with the manifest as it is");
  command->add_flag("--raw", options->raw, "Print the manifest, byte by byte")->excludes(json);
  add_registry_options(*command, options->registry);
  command->callback([&action, options] { action = [options] { return inspect(*options); }; });
}

}  // namespace gantry::cli
