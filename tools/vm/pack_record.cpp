#include "vm/pack_record.hpp"

#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "oci/json_document.hpp"
#include "vm/checkpoint_artifact.hpp"

namespace gantry::vm {

namespace fs = std::filesystem;
using base::Result;
using nlohmann::json;

namespace {

Result<content::Digest> read_digest(const oci::JsonValue& object) {
  GANTRY_TRY(const auto member, object.member("digest"));
  GANTRY_TRY(const auto text, member.text());
  return content::Digest::parse(text);
}

Result<std::uint64_t> read_size(const oci::JsonValue& object) {
  GANTRY_TRY(const auto member, object.member("size"));
  GANTRY_TRY(const auto number, member.number());
  return static_cast<std::uint64_t>(number);
}

Result<PackRecord> parse(std::string_view text, const std::string& where) {
  GANTRY_TRY(const auto document, oci::JsonDocument::parse(text, where));
  const auto root = document.root();
  PackRecord record;
  GANTRY_TRY(record.size, read_size(root));
  GANTRY_TRY(record.digest, read_digest(root));
  GANTRY_TRY(const auto created, root.member("created"));
  GANTRY_TRY(record.created, created.text());
  GANTRY_TRY(const auto layers, root.member("layers"));
  GANTRY_TRY(const auto elements, layers.elements(kMostLayers));
  for (const auto& element : elements) {
    oci::Descriptor layer;
    layer.media_type = kCheckpointLayer;
    GANTRY_TRY(layer.size, read_size(element));
    GANTRY_TRY(layer.digest, read_digest(element));
    record.layers.push_back(std::move(layer));
  }
  return record;
}

}  // namespace

std::optional<PackRecord> read_pack_record(const fs::path& path) {
  const auto text = base::read_file(path, oci::kMaximumDocument);
  if (!text) {
    return std::nullopt;
  }
  auto record = parse(*text, path.native());
  return record ? std::optional(*std::move(record)) : std::nullopt;
}

Result<void> write_pack_record(const fs::path& path, const PackRecord& record) {
  json value{{"created", record.created},
             {"size", record.size},
             {"digest", record.digest.text()},
             {"layers", json::array()}};
  for (const auto& layer : record.layers) {
    value["layers"].push_back({{"size", layer.size}, {"digest", layer.digest.text()}});
  }
  return base::write_file(path, oci::canonical(value));
}

}  // namespace gantry::vm
