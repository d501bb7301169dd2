#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "oci/descriptor.hpp"

namespace gantry::oci {

/// OCI image manifest (image-spec, manifest.md); a Docker schema 2 manifest reads as one, its media
/// types translated.
struct Manifest {
  std::string media_type{media_type::kManifest};
  Descriptor config;
  std::vector<Descriptor> layers;  ///< lowest first
  Annotations annotations;
  std::string artifact_type = {};          ///< what it is if it is no image; empty: absent
  std::optional<Descriptor> subject = {};  ///< the manifest or index that it is about
  bool operator==(const Manifest&) const = default;
};

/// OCI image index; a Docker manifest list reads as one. Its descriptors keep the media types that
/// they have: the documents that they name hold the same ones.
struct Index {
  std::vector<Descriptor> manifests;
  Annotations annotations;
  bool operator==(const Index&) const = default;
};

/// JSON, canonical: sorted keys, no blanks, UTF-8 unescaped: the same value gives the same bytes.
std::string to_json(const Manifest& manifest);
std::string to_json(const Index& index);

/// Hostile input: every field that we use is checked for presence, type and range; depth and counts
/// are bounded. where is for messages.
base::Result<Manifest> parse_manifest(std::string_view json, std::string_view where);
base::Result<Index> parse_index(std::string_view json, std::string_view where);

}  // namespace gantry::oci
