#include "vm/checkpoint_artifact.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "oci/json_document.hpp"
#include "vm/portable_checkpoint.hpp"

namespace gantry::vm {

using base::Result;
using nlohmann::json;
using oci::JsonValue;

namespace {

constexpr std::int64_t kFormat = 1;
constexpr std::uint64_t kLargestLayer = std::uint64_t{1} << 36;
constexpr std::uint64_t kLargestFile = std::uint64_t{1} << 46;

/// Takes the layers that a member names, each of which belongs to it alone.
Result<std::vector<std::size_t>> read_layers(const JsonValue& object, std::vector<bool>& taken) {
  GANTRY_TRY(const auto member, object.member("layers"));
  GANTRY_TRY(const auto elements, member.elements(kMostLayers));
  std::vector<std::size_t> layers;
  for (const auto& element : elements) {
    GANTRY_TRY(const auto number, element.number());
    const auto layer = static_cast<std::size_t>(number);
    if (layer >= taken.size() || taken[layer]) {
      return element.error(layer >= taken.size() ? "there is no such layer"
                                                 : "this layer is of two things");
    }
    taken[layer] = true;
    layers.push_back(layer);
  }
  return layers;
}

Result<ArtifactInput> read_input(const JsonValue& value, std::vector<bool>& taken) {
  ArtifactInput input;
  GANTRY_TRY(const auto name, value.member("name"));
  GANTRY_TRY(input.name, name.text());
  GANTRY_TRY(const auto size, value.member("size"));
  GANTRY_TRY(const auto bytes, size.number());
  input.size = static_cast<std::uint64_t>(bytes);
  if (input.size > kLargestFile) {
    return size.error("this is too large");
  }
  GANTRY_TRY(const auto digest, value.member("digest"));
  GANTRY_TRY(const auto text, digest.text());
  GANTRY_TRY(input.digest, content::Digest::parse(text));
  if (!is_input_name(input.name)) {
    return name.error("this is no name of an input");
  }
  GANTRY_TRY(input.layers, read_layers(value, taken));
  return input;
}

Result<ArtifactStage> read_stage(const JsonValue& value, const json& raw,
                                 std::vector<bool>& taken) {
  ArtifactStage stage;
  GANTRY_CHECK(value.member("checkpoint"));
  stage.checkpoint = oci::canonical(raw.at("checkpoint"));
  GANTRY_TRY(const auto created, value.member("created"));
  GANTRY_TRY(stage.created, created.text());
  if (!base::parse_time(stage.created)) {
    return created.error("this is no time");
  }
  GANTRY_TRY(const auto delta, value.member("memoryIsDelta"));
  GANTRY_TRY(stage.memory_is_delta, delta.boolean());
  GANTRY_TRY(stage.layers, read_layers(value, taken));
  return stage;
}

}  // namespace

std::string to_json(const CheckpointArtifact& artifact) {
  json value{{"formatVersion", kFormat}, {"inputs", json::array()}, {"stages", json::array()}};
  for (const auto& input : artifact.inputs) {
    value["inputs"].push_back({{"name", input.name},
                               {"size", input.size},
                               {"digest", input.digest.text()},
                               {"layers", input.layers}});
  }
  for (const auto& stage : artifact.stages) {
    value["stages"].push_back({{"checkpoint", json::parse(stage.checkpoint)},
                               {"created", stage.created},
                               {"memoryIsDelta", stage.memory_is_delta},
                               {"layers", stage.layers}});
  }
  return oci::canonical(value);
}

Result<CheckpointArtifact> parse_checkpoint_artifact(std::string_view text, std::size_t layers,
                                                     const std::string& where) {
  GANTRY_TRY(const auto document, oci::JsonDocument::parse(text, where));
  const auto root = document.root();
  GANTRY_TRY(const auto version, root.member("formatVersion"));
  GANTRY_TRY(const auto format, version.number());
  if (format != kFormat) {
    return version.error(
        fmt::format("this is a checkpoint of another Gantry (format {}, not {})", format, kFormat));
  }
  CheckpointArtifact artifact;
  std::vector<bool> taken(layers);
  GANTRY_TRY(const auto inputs, root.member("inputs"));
  GANTRY_TRY(const auto all_inputs, inputs.elements(kMostLayers));
  for (const auto& element : all_inputs) {
    GANTRY_TRY(auto input, read_input(element, taken));
    artifact.inputs.push_back(std::move(input));
  }
  GANTRY_TRY(const auto stages, root.member("stages"));
  GANTRY_TRY(const auto all_stages, stages.elements(kMostLayers));
  for (const auto& element : all_stages) {
    const auto& raw = document.json().at("stages").at(artifact.stages.size());
    GANTRY_TRY(auto stage, read_stage(element, raw, taken));
    if (stage.memory_is_delta && artifact.stages.empty()) {
      return element.error("there is no stage before it");
    }
    artifact.stages.push_back(std::move(stage));
  }
  if (artifact.stages.empty()) {
    return stages.error("there is no checkpoint");
  }
  if (std::find(taken.begin(), taken.end(), false) != taken.end()) {
    return root.error("there are layers of nothing");
  }
  return artifact;
}

Result<void> check_checkpoint_manifest(const oci::Manifest& manifest, const std::string& where) {
  if (manifest.artifact_type != kCheckpointArtifact ||
      manifest.config.media_type != kCheckpointConfig) {
    return base::Error{
        fmt::format("this is no checkpoint of Gantry, but '{}'",
                    base::printable(manifest.artifact_type.empty() ? manifest.config.media_type
                                                                   : manifest.artifact_type)),
        where, "a checkpoint is there by gantry vm push"};
  }
  if (manifest.layers.size() > kMostLayers) {
    return base::Error{fmt::format("the checkpoint has {} layers, which is more than {}",
                                   manifest.layers.size(), kMostLayers),
                       where, ""};
  }
  std::set<content::Digest> seen;
  for (const auto& layer : manifest.layers) {
    if (!seen.insert(layer.digest).second) {
      return base::Error{"the checkpoint has a layer twice", where, ""};
    }
    if (layer.media_type != kCheckpointLayer || layer.size > kLargestLayer) {
      return base::Error{fmt::format("a layer of the checkpoint is of type '{}' and has {} bytes",
                                     base::printable(layer.media_type), layer.size),
                         where, "it was made by another Gantry, or is damaged"};
    }
  }
  return {};
}

}  // namespace gantry::vm
