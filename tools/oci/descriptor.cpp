#include "oci/descriptor.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "oci/descriptor_json.hpp"

namespace gantry::oci {

namespace media_type {

bool is_index(std::string_view type) {
  return type == kIndex || type == kDockerManifestList;
}

bool is_manifest(std::string_view type) {
  return type == kManifest || type == kDockerManifest;
}

std::string_view as_oci(std::string_view type) {
  struct Pair {
    std::string_view docker, oci;
  };
  constexpr std::array<Pair, 7> kPairs = {
      {{kDockerManifest, kManifest},
       {kDockerManifestList, kIndex},
       {kDockerConfig, kConfig},
       {kDockerLayerGzip, kLayerGzip},
       {"application/vnd.docker.image.rootfs.diff.tar", kLayer},
       {"application/vnd.docker.image.rootfs.diff.tar.zstd", kLayerZstd},
       {"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"}}};
  const auto* const found =
      std::find_if(kPairs.begin(), kPairs.end(), [&](const Pair& p) { return p.docker == type; });
  return found == kPairs.end() ? type : found->oci;
}

bool is_valid(std::string_view text) {
  const auto slash = text.find('/');
  const auto is_name = [](std::string_view name) {
    return !name.empty() && name.size() <= 127 && std::all_of(name.begin(), name.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             std::string_view("!#$&-^_.+").find(c) != std::string_view::npos;
    });
  };
  return slash != std::string_view::npos && is_name(text.substr(0, slash)) &&
         is_name(text.substr(slash + 1));
}

}  // namespace media_type

base::Result<Digest> read_digest(const JsonValue& value) {
  GANTRY_TRY(const auto text, value.text());
  auto digest = Digest::parse(text);
  if (!digest) {
    auto error = value.error(digest.error().what);
    error.hint = digest.error().hint;
    return error;
  }
  return *digest;
}

base::Result<std::string> read_media_type(const JsonValue& value) {
  GANTRY_TRY(auto text, value.text());
  if (!media_type::is_valid(text)) {
    return value.error(fmt::format("'{}' is not a media type", base::printable(text)));
  }
  return text;
}

base::Result<Platform> read_platform(const JsonValue& value) {
  Platform platform;
  GANTRY_TRY(const auto os, value.member("os"));
  GANTRY_TRY(platform.os, os.text());
  GANTRY_TRY(const auto architecture, value.member("architecture"));
  GANTRY_TRY(platform.architecture, architecture.text());
  GANTRY_CHECK(read_optional(value, "variant", &JsonValue::text, platform.variant));
  if (const auto parsed = Platform::parse(platform.text()); !parsed || *parsed != platform) {
    return value.error(fmt::format("'{}' is not a platform", base::printable(platform.text())));
  }
  return platform;
}

base::Result<Descriptor> read_descriptor(const JsonValue& value) {
  Descriptor descriptor;
  GANTRY_TRY(const auto type, value.member("mediaType"));
  GANTRY_TRY(descriptor.media_type, read_media_type(type));
  GANTRY_TRY(const auto digest, value.member("digest"));
  GANTRY_TRY(descriptor.digest, read_digest(digest));
  GANTRY_TRY(const auto size, value.member("size"));
  GANTRY_TRY(const auto bytes, size.number());
  descriptor.size = static_cast<std::uint64_t>(bytes);
  GANTRY_CHECK(read_optional(value, "annotations", &JsonValue::text_map, descriptor.annotations));
  GANTRY_CHECK(read_optional(value, "artifactType", &JsonValue::text, descriptor.artifact_type));
  GANTRY_TRY(const auto platform, value.find("platform"));
  if (platform) {
    GANTRY_TRY(descriptor.platform, read_platform(*platform));
  }
  return descriptor;
}

nlohmann::json to_value(const Descriptor& descriptor) {
  nlohmann::json value = {{"mediaType", descriptor.media_type},
                          {"digest", descriptor.digest.text()},
                          {"size", descriptor.size}};
  if (!descriptor.annotations.empty()) {
    value["annotations"] = descriptor.annotations;
  }
  if (!descriptor.artifact_type.empty()) {
    value["artifactType"] = descriptor.artifact_type;
  }
  if (descriptor.platform) {
    auto& platform = value["platform"];
    platform = {{"os", descriptor.platform->os},
                {"architecture", descriptor.platform->architecture}};
    if (!descriptor.platform->variant.empty()) {
      platform["variant"] = descriptor.platform->variant;
    }
  }
  return value;
}

}  // namespace gantry::oci
