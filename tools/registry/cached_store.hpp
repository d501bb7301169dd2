#pragma once

#include "base/result.hpp"
#include "oci/blob_store.hpp"
#include "oci/descriptor.hpp"
#include "oci/user_cache.hpp"
#include "registry/download.hpp"

namespace gantry::registry {

/// A build tree's store with the user's cache behind it, for the blobs of registries.
class CachedStore {
 public:
  /// cache may be null; both must outlive it.
  CachedStore(const oci::BlobStore& store, const oci::UserCache* cache)
      : store_(store), cache_(cache) {}

  const oci::BlobStore& store() const { return store_; }
  BlobTarget target() const { return {store_.blobs(), store_.blobs().root() / "tmp"}; }

  /// Whether the store has a blob, now that it has taken it from the cache if that has it.
  base::Result<bool> take(const oci::Descriptor& blob) const;

  /// Keeps a blob that the store has got in the cache.
  base::Result<void> keep(const oci::Descriptor& blob) const;

 private:
  const oci::BlobStore& store_;
  const oci::UserCache* cache_;
};

}  // namespace gantry::registry
