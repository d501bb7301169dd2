#pragma once

#include <span>
#include <string>

#include "base/result.hpp"
#include "oci/blob_store.hpp"
#include "oci/descriptor.hpp"
#include "oci/platform.hpp"
#include "oci/user_cache.hpp"
#include "registry/repository.hpp"

namespace gantry::registry {

/// What a tag or digest of a repository names now: a manifest, or an index of several platforms.
base::Result<oci::Descriptor> look_up(const Repository& repository, const std::string& reference);

/// Brings an image into a store, documents and layers: of an index, the images for these platforms
/// (none: the host's). What the store or the cache has is not asked for, so that nothing needs a
/// network a second time. cache may be null.
base::Result<void> fetch_image(const Repository& repository, const oci::Descriptor& root,
                               std::span<const oci::Platform> platforms,
                               const oci::BlobStore& store, const oci::UserCache* cache);

}  // namespace gantry::registry
