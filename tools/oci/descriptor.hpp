#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "content/digest.hpp"
#include "oci/platform.hpp"

namespace gantry::oci {

using content::Digest;
using Annotations = std::map<std::string, std::string>;

/// OCI content descriptor (image-spec, descriptor.md).
struct Descriptor {
  std::string media_type;
  Digest digest;
  std::uint64_t size = 0;  ///< bytes
  Annotations annotations;
  std::string artifact_type;         ///< empty: absent
  std::optional<Platform> platform;  ///< in an index
  bool operator==(const Descriptor&) const = default;
};

namespace media_type {
inline constexpr std::string_view kIndex = "application/vnd.oci.image.index.v1+json";
inline constexpr std::string_view kManifest = "application/vnd.oci.image.manifest.v1+json";
inline constexpr std::string_view kConfig = "application/vnd.oci.image.config.v1+json";
inline constexpr std::string_view kLayer = "application/vnd.oci.image.layer.v1.tar";
inline constexpr std::string_view kLayerGzip = "application/vnd.oci.image.layer.v1.tar+gzip";
inline constexpr std::string_view kLayerZstd = "application/vnd.oci.image.layer.v1.tar+zstd";
inline constexpr std::string_view kDockerManifest =
    "application/vnd.docker.distribution.manifest.v2+json";
inline constexpr std::string_view kDockerManifestList =
    "application/vnd.docker.distribution.manifest.list.v2+json";
inline constexpr std::string_view kDockerConfig = "application/vnd.docker.container.image.v1+json";
inline constexpr std::string_view kDockerLayerGzip =
    "application/vnd.docker.image.rootfs.diff.tar.gzip";

/// What a manifest without a configuration of its own names as one: the document "{}".
inline constexpr std::string_view kEmpty = "application/vnd.oci.empty.v1+json";

/// type "/" subtype of restricted names (RFC 6838, 4.2).
bool is_valid(std::string_view type);

/// Of OCI or of Docker.
bool is_index(std::string_view type);
bool is_manifest(std::string_view type);

/// OCI's name for a media type of Docker's; any other type itself. The result views type or a
/// constant.
std::string_view as_oci(std::string_view type);
}  // namespace media_type

}  // namespace gantry::oci
