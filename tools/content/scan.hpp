#pragma once

#include <filesystem>

#include "base/result.hpp"
#include "content/entry.hpp"

namespace gantry::content {

enum class Identify {
  kByContent,  ///< reads and hashes every file (in parallel): for trees that live longer than a
               ///< build
  kByStat,     ///< device, inode, size, mtime and ctime: exact on this machine, and free
};

enum class Owners { kRoot, kKeep };

/// All below root (root itself is no entry): hard links found by inode, xattrs kept if they mean
/// something elsewhere (user.*, security.capability), an empty file named .wh.NAME is a whiteout
/// (.wh..wh..opq an opaque one). Sockets are an error, as is a file that cannot be read.
base::Result<Tree> scan_tree(const std::filesystem::path& root, Identify identify, Owners owners);

/// As scan_tree, of one file or symbolic link: a tree of that name alone, without its directory.
base::Result<Tree> scan_file(const std::filesystem::path& path, Identify identify, Owners owners);

}  // namespace gantry::content
