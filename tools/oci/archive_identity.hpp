#pragma once

#include <filesystem>

#include "base/result.hpp"
#include "oci/blob_store.hpp"

namespace gantry::oci {

/// Stands for the content of an archive that lies outside of the store, as far as a look from
/// outside can tell: path, device, inode, size and times. Not a regular file: an error.
base::Result<Digest> archive_identity(const std::filesystem::path& archive);

/// Where a store remembers what it learnt of an archive.
std::filesystem::path archive_note(const BlobStore& store, const Digest& identity);

}  // namespace gantry::oci
