#pragma once

#include <filesystem>

#include "base/result.hpp"

namespace gantry::vm {

/// Copies a file; what is zero or a hole is a hole of the copy. By reference where the file system
/// can (FICLONE). The copy is on the disk when this returns; its name is new.
base::Result<void> copy_sparse(const std::filesystem::path& from, const std::filesystem::path& to);

/// As copy_sparse, into a file of the same size that is all holes, and not onto the disk.
base::Result<void> fill_sparse(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace gantry::vm
