#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>

#include "base/result.hpp"
#include "oci/blob_fetcher.hpp"
#include "registry/blob_origins.hpp"
#include "registry/client.hpp"

namespace gantry::registry {

/// Fetches the blobs that a store lacks from the user's cache, else from the registry that
/// BlobOrigins names. What a killed process has left is gone on from.
class OriginFetcher : public oci::BlobFetcher {
 public:
  /// How each origin is spoken to counts before what options say of it.
  explicit OriginFetcher(ClientOptions options) : options_(std::move(options)) {}

  base::Result<void> fetch(std::span<const oci::Descriptor> blobs,
                           const oci::BlobDirectory& into) const override;

 private:
  base::Result<Repository> repository_of(const BlobOrigin& origin) const;

  ClientOptions options_;
  mutable std::mutex mutex_;
  /// By all that an origin says but for its image.
  mutable std::map<std::string, std::unique_ptr<Client>> clients_;
};

}  // namespace gantry::registry
