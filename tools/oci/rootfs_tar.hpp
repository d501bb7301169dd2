#pragma once

#include <filesystem>

#include "base/result.hpp"
#include "content/entry.hpp"
#include "oci/blob_store.hpp"

namespace gantry::oci {

/// The tree of an uncompressed tar file, each file's source being its place in the archive and its
/// identity its digest. Read once for as long as the file stays the same (device, inode, size and
/// times); the store remembers it in archives/<hex>.
base::Result<content::Tree> read_rootfs_tar(const std::filesystem::path& archive,
                                            const BlobStore& store);

}  // namespace gantry::oci
