#pragma once

#include <optional>
#include <span>
#include <string>

#include "base/result.hpp"
#include "oci/descriptor.hpp"
#include "oci/platform.hpp"
#include "registry/blob_locations.hpp"
#include "registry/download.hpp"
#include "registry/push.hpp"
#include "registry/repository.hpp"

namespace gantry::registry {

/// Fetches the documents of a tag or digest but for configs: a manifest, or an index with all that
/// it names. With a platform: of an index, the manifest for that one alone. Verified, and bounded
/// in depth; what is in target already is not asked for again.
base::Result<oci::Descriptor> pull_documents(const Repository& repository,
                                             const std::string& reference,
                                             const std::optional<oci::Platform>& platform,
                                             const BlobTarget& target);

/// Fetches all configs and layers of what pull_documents has fetched, as far as they are not there.
base::Result<void> pull_all_blobs(const Repository& repository, const oci::Descriptor& root,
                                  const BlobTarget& target);

/// Puts what pull_documents has fetched from one repository into another, under tags: only what is
/// missing there, mounted where both are of one registry. Else each blob goes through a file in
/// documents that is gone when it has arrived, so that both ways can go on after a broken
/// connection, and nothing is sent that was not verified.
base::Result<Pushed> copy_image(const Repository& from, const oci::Descriptor& root,
                                const BlobTarget& documents, const Repository& to,
                                std::span<const std::string> tags, BlobLocations& locations);

}  // namespace gantry::registry
