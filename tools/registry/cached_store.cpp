#include "registry/cached_store.hpp"

namespace gantry::registry {

using base::Result;

namespace {

/// The cache keeps layers by what they were made of; these are just bytes.
content::Digest cache_key(const oci::Descriptor& blob) {
  return content::sha256("a blob of a registry: " + blob.digest.text());
}

}  // namespace

Result<bool> CachedStore::take(const oci::Descriptor& blob) const {
  if (store_.blobs().contains(blob)) {
    return true;
  }
  if (cache_ == nullptr) {
    return false;
  }
  GANTRY_TRY(const auto cached, cache_->fetch(cache_key(blob), store_));
  return cached.has_value();
}

Result<void> CachedStore::keep(const oci::Descriptor& blob) const {
  return cache_ == nullptr ? Result<void>()
                           : cache_->put(cache_key(blob), {blob, blob.digest}, store_);
}

}  // namespace gantry::registry
