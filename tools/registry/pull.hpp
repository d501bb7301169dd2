#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "oci/descriptor.hpp"
#include "oci/manifest.hpp"
#include "oci/platform.hpp"
#include "registry/download.hpp"
#include "registry/repository.hpp"

namespace gantry::registry {

/// An image of a repository, chosen.
struct PulledManifest {
  oci::Descriptor descriptor;
  oci::Manifest manifest;
};

/// Where a tag or digest of a repository is, for messages.
std::string where_of(const Repository& repository, const std::string& reference);

/// As get_manifest, but an Error if there is none.
base::Result<ManifestDocument> find_document(const Repository& repository,
                                             const std::string& reference);

/// Fetches the manifest of a tag or digest; of an index, that of the image for a platform (absent:
/// the host's). Its document is stored.
base::Result<PulledManifest> pull_manifest(const Repository& repository,
                                           const std::string& reference,
                                           const std::optional<oci::Platform>& platform,
                                           const BlobTarget& target);

/// Fetches the config too, which with the manifest says all about an image but its bytes.
base::Result<void> pull_config(const Repository& repository, const oci::Manifest& manifest,
                               const BlobTarget& target);

/// Fetches config and layers, as far as they are not there.
base::Result<void> pull_blobs(const Repository& repository, const oci::Manifest& manifest,
                              const BlobTarget& target);

}  // namespace gantry::registry
