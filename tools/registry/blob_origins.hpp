#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "base/result.hpp"
#include "content/digest.hpp"
#include "oci/descriptor.hpp"
#include "registry/reference.hpp"

namespace gantry::registry {

/// The image of a registry that has a blob, and how that registry is spoken to.
struct BlobOrigin {
  std::string image;  ///< as it is written: "docker.io/library/debian:bookworm"
  Transport transport = Transport::kByHost;
  std::filesystem::path ca_file = {};             ///< this and the others: as in HttpOptions
  std::filesystem::path client_certificate = {};  ///< absolute
  std::filesystem::path client_key = {};
  bool operator==(const BlobOrigin&) const = default;
};

/// Where the blobs are that a store names but may not have: the layers of bases, which are fetched
/// when somebody reads them. One small file for each blob, so that any number of processes may
/// write and read them.
class BlobOrigins {
 public:
  /// store: the root of a blob store.
  explicit BlobOrigins(const std::filesystem::path& store) : directory_(store / "origins") {}

  base::Result<void> record(std::span<const oci::Descriptor> blobs, const BlobOrigin& origin) const;

  /// Nothing if it is not known. A damaged record is an Error.
  base::Result<std::optional<BlobOrigin>> find(const content::Digest& blob) const;

 private:
  std::filesystem::path directory_;
};

}  // namespace gantry::registry
