#pragma once

#include <span>

#include "base/result.hpp"
#include "oci/descriptor.hpp"

namespace gantry::oci {

class BlobDirectory;

/// Brings blobs from far away that a directory names but has not needed so far: the layers of base
/// images.
class BlobFetcher {
 public:
  virtual ~BlobFetcher() = default;

  /// Puts into a directory those of the blobs that it lacks, verified, as far as it is known where
  /// they are. Thread-safe; two who want the same blob fetch it once.
  virtual base::Result<void> fetch(std::span<const Descriptor> blobs,
                                   const BlobDirectory& into) const = 0;
};

}  // namespace gantry::oci
