#include "oci/manifest.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "oci/descriptor_json.hpp"
#include "oci/json_document.hpp"

namespace gantry::oci {

namespace {

constexpr std::size_t kMaximumLayers = 1024;
constexpr std::size_t kMaximumManifests = 16384;

/// What manifests and indexes have in common: the schema version, and a media type that, if it is
/// there, is the expected one. A document that could be read as the other kind too is refused: two
/// readers could be made to see two different images under one digest.
base::Result<void> check_kind(const JsonValue& root, std::string_view expected,
                              std::initializer_list<std::string_view> foreign) {
  GANTRY_TRY(const auto version, root.member("schemaVersion"));
  GANTRY_TRY(const auto number, version.number());
  if (number != 2) {
    return version.error(fmt::format("schema version {} is not 2", number));
  }
  GANTRY_TRY(const auto type, root.find("mediaType"));
  if (type) {
    GANTRY_TRY(const auto text, type->text());
    if (media_type::as_oci(text) != expected) {
      return type->error(fmt::format("expected '{}', found '{}'", expected, base::printable(text)));
    }
  }
  for (const auto key : foreign) {
    GANTRY_TRY(const auto found, root.find(key));
    if (found) {
      return root.error(
          fmt::format("'{}' does not belong into a document of type '{}'", key, expected));
    }
  }
  return {};
}

/// As OCI names it, so that a new image on top of a Docker one has types of one family.
base::Result<Descriptor> read_as_oci(const JsonValue& value) {
  GANTRY_TRY(auto descriptor, read_descriptor(value));
  descriptor.media_type = media_type::as_oci(descriptor.media_type);
  return descriptor;
}

}  // namespace

std::string to_json(const Manifest& manifest) {
  nlohmann::json value = {{"schemaVersion", 2},
                          {"mediaType", manifest.media_type},
                          {"config", to_value(manifest.config)},
                          {"layers", nlohmann::json::array()}};
  for (const auto& layer : manifest.layers) {
    value["layers"].push_back(to_value(layer));
  }
  if (!manifest.annotations.empty()) {
    value["annotations"] = manifest.annotations;
  }
  if (!manifest.artifact_type.empty()) {
    value["artifactType"] = manifest.artifact_type;
  }
  if (manifest.subject) {
    value["subject"] = to_value(*manifest.subject);
  }
  return canonical(value);
}

std::string to_json(const Index& index) {
  nlohmann::json value = {{"schemaVersion", 2},
                          {"mediaType", media_type::kIndex},
                          {"manifests", nlohmann::json::array()}};
  for (const auto& manifest : index.manifests) {
    value["manifests"].push_back(to_value(manifest));
  }
  if (!index.annotations.empty()) {
    value["annotations"] = index.annotations;
  }
  return canonical(value);
}

base::Result<Manifest> parse_manifest(std::string_view json, std::string_view where) {
  GANTRY_TRY(const auto document, JsonDocument::parse(json, where));
  const auto root = document.root();
  GANTRY_CHECK(check_kind(root, media_type::kManifest, {"manifests", "fsLayers"}));
  Manifest manifest;
  GANTRY_TRY(const auto config, root.member("config"));
  GANTRY_TRY(manifest.config, read_as_oci(config));
  GANTRY_TRY(const auto layers, root.member("layers"));
  GANTRY_TRY(const auto elements, layers.elements(kMaximumLayers));
  for (const auto& element : elements) {
    GANTRY_TRY(auto layer, read_as_oci(element));
    manifest.layers.push_back(std::move(layer));
  }
  GANTRY_CHECK(read_optional(root, "annotations", &JsonValue::text_map, manifest.annotations));
  GANTRY_TRY(const auto artifact_type, root.find("artifactType"));
  if (artifact_type) {
    GANTRY_TRY(manifest.artifact_type, read_media_type(*artifact_type));
  }
  GANTRY_TRY(const auto subject, root.find("subject"));
  if (subject) {
    GANTRY_TRY(manifest.subject, read_descriptor(*subject));
  }
  return manifest;
}

base::Result<Index> parse_index(std::string_view json, std::string_view where) {
  GANTRY_TRY(const auto document, JsonDocument::parse(json, where));
  const auto root = document.root();
  GANTRY_CHECK(check_kind(root, media_type::kIndex, {"config", "layers", "fsLayers"}));
  Index index;
  GANTRY_TRY(const auto manifests, root.member("manifests"));
  GANTRY_TRY(const auto elements, manifests.elements(kMaximumManifests));
  for (const auto& element : elements) {
    GANTRY_TRY(auto manifest, read_descriptor(element));
    index.manifests.push_back(std::move(manifest));
  }
  GANTRY_CHECK(read_optional(root, "annotations", &JsonValue::text_map, index.annotations));
  return index;
}

}  // namespace gantry::oci
