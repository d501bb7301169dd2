#pragma once

#include <vector>

#include "base/result.hpp"
#include "content/digest.hpp"
#include "oci/blob_directory.hpp"
#include "oci/descriptor.hpp"
#include "registry/blob_locations.hpp"
#include "registry/repository.hpp"

namespace gantry::registry {

/// What is attached to a manifest or index (distribution-spec, "Listing Referrers"): by the
/// registry's list, or by the tag that stands for one where the registry has none. As the registry
/// says it: only the manifests themselves are to be believed. Sorted by digest.
base::Result<std::vector<oci::Descriptor>> list_referrers(const Repository& repository,
                                                          const content::Digest& subject);

/// Pushes a manifest with a subject, and its blobs, and sees to it that it is listed: where the
/// registry has no list, in the index under a tag, which is read, changed, written under the
/// condition that it is still the same (where the registry knows conditions), and read again, until
/// it stays: others may be at it too. False if it was listed already.
base::Result<bool> push_referrer(const Repository& repository, const oci::BlobDirectory& from,
                                 const oci::Descriptor& descriptor, BlobLocations& locations);

}  // namespace gantry::registry
