#pragma once

#include <vector>

#include "base/result.hpp"
#include "oci/blob_directory.hpp"
#include "registry/repository.hpp"

namespace gantry::registry {

/// All of an image or of an index and its images.
struct ImageDocuments {
  std::vector<ManifestDocument> manifests;  ///< the root last, each index after what it names
  std::vector<oci::Descriptor> blobs;       ///< configs and layers, each once, the largest first
};

/// Reads the documents from a directory, verified. Indexes are followed to a bounded depth.
base::Result<ImageDocuments> read_documents(const oci::BlobDirectory& from,
                                            const oci::Descriptor& root);

}  // namespace gantry::registry
