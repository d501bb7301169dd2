#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "base/result.hpp"
#include "oci/blob_store.hpp"

namespace gantry::oci {

/// The layers that a user's build trees have made, each with its tree, for all of them to share.
/// Bounded in size: what was not used for longest goes first. Any number of processes may use it,
/// and it may be deleted at any time. A blob is verified whenever it is taken from it, so damage
/// costs no more than making the layer anew.
class UserCache {
 public:
  /// The one at base::user_cache_place().
  static base::Result<std::optional<UserCache>> from_environment();

  /// Creates what is missing. limit is in bytes.
  static base::Result<UserCache> open(const std::filesystem::path& root, std::uint64_t limit);

  /// Brings a layer into a store, with its record and its tree if that is known. Nothing if it is
  /// not here, or damaged.
  base::Result<std::optional<LayerRecord>> fetch(const Digest& key, const BlobStore& into) const;

  /// Keeps a layer that a store has.
  base::Result<void> put(const Digest& key, const LayerRecord& record, const BlobStore& from) const;

  /// Brings the names in a blob into a store, if they are known: who needs no more than those need
  /// not have the blob. False if they are not.
  base::Result<bool> fetch_tree(const Digest& blob, const BlobStore& into) const;

  /// Keeps the names in a blob, as long as the blob is kept.
  base::Result<void> put_tree(const Digest& blob, const BlobStore& from) const;

  const BlobStore& store() const { return store_; }

 private:
  UserCache(BlobStore store, std::uint64_t limit) : store_(std::move(store)), limit_(limit) {}
  std::filesystem::path root() const { return store_.blobs().root(); }
  base::Result<std::uint64_t> add_usage(std::uint64_t bytes) const;
  base::Result<void> evict() const;

  BlobStore store_;
  std::uint64_t limit_;
};

}  // namespace gantry::oci
