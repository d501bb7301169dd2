#pragma once

#include <filesystem>

#include "base/progress.hpp"
#include "base/result.hpp"
#include "oci/blob_directory.hpp"
#include "registry/repository.hpp"

namespace gantry::registry {

/// Where blobs are fetched to.
struct BlobTarget {
  oci::BlobDirectory blobs;
  std::filesystem::path temporary;  ///< a directory on the same file system, for what is incomplete
};

/// Fetches a blob unless it is there. Its digest is verified; what a broken connection, or a killed
/// process, has left is gone on from.
base::Result<void> download_blob(const Repository& repository, const oci::Descriptor& blob,
                                 const BlobTarget& target, base::Progress& progress);

}  // namespace gantry::registry
