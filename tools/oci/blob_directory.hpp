#pragma once

#include <filesystem>
#include <string>

#include "base/result.hpp"
#include "content/digest.hpp"
#include "oci/descriptor.hpp"

namespace gantry::oci {

using content::Digest;

/// The blobs below <root>/blobs/sha256, as an OCI layout, a blob store and the user cache all keep
/// them. Reading only; nothing read from it is believed before its size and digest were checked.
class BlobDirectory {
 public:
  explicit BlobDirectory(std::filesystem::path root) : root_(std::move(root)) {}

  const std::filesystem::path& root() const { return root_; }
  std::filesystem::path path_of(const Digest& digest) const {
    return root_ / "blobs" / "sha256" / digest.hex();
  }
  bool contains(const Descriptor& descriptor) const;

  /// A document (manifest, config, index), whole and verified; larger than 4 MiB is an error.
  base::Result<std::string> read_document(const Descriptor& descriptor) const;

 private:
  std::filesystem::path root_;
};

}  // namespace gantry::oci
