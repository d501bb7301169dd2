#pragma once

#include <span>
#include <string>

#include "base/result.hpp"
#include "oci/descriptor.hpp"
#include "oci/platform.hpp"
#include "registry/blob_origins.hpp"
#include "registry/cached_store.hpp"
#include "registry/repository.hpp"

namespace gantry::registry {

/// What a tag or digest of a repository names now: a manifest, or an index of several platforms.
base::Result<ManifestDocument> look_up(const Repository& repository, const std::string& reference);

/// Brings the documents of a base into a store: manifest and configuration, of an index those for
/// these platforms (none: the host's). Its layers are only recorded, with their origin, and fetched
/// when somebody reads them. What the store or the cache has is not asked for, so that nothing
/// needs a network a second time.
base::Result<void> fetch_base(const Repository& repository, const oci::Descriptor& root,
                              std::span<const oci::Platform> platforms, const BlobOrigin& origin,
                              const CachedStore& cached);

/// Keeps a document that look_up has brought, so that fetch_base need not ask for it again.
base::Result<void> keep_document(const ManifestDocument& document, const CachedStore& cached);

}  // namespace gantry::registry
