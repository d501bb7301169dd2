#pragma once

#include <map>
#include <mutex>
#include <string>

#include <fmt/format.h>

#include "tests/registry/storage.hpp"

namespace gantry::test_registry {

/// Blobs that were handed out as signed URLs of an object store. Thread-safe.
class SignedUrls {
 public:
  /// The path and query; valid for uses requests (0: always).
  std::string sign(const StoredBlob& blob, unsigned uses) {
    const std::lock_guard lock(mutex_);
    std::string url =
        fmt::format("/storage/{}?signature={}", blob.digest.hex(), signed_.size() + 1);
    signed_.emplace(url, Grant{blob, uses == 0 ? ~0U : uses});
    return url;
  }

  /// Nothing when the URL was never signed, or was used up.
  std::optional<StoredBlob> use(const std::string& target) {
    const std::lock_guard lock(mutex_);
    const auto grant = signed_.find(target);
    if (grant == signed_.end() || grant->second.uses_left == 0) {
      return std::nullopt;
    }
    --grant->second.uses_left;
    return grant->second.blob;
  }

 private:
  struct Grant {
    StoredBlob blob;
    unsigned uses_left;
  };
  std::mutex mutex_;
  std::map<std::string, Grant> signed_;
};

}  // namespace gantry::test_registry
