#pragma once

#include <cstddef>
#include <cstdint>

#include "oci/merged_tree.hpp"
#include "vm/disk/ext4_format.hpp"

namespace gantry::vm {

inline constexpr std::size_t kExt4FastLink =
    60;                                        ///< a shorter symbolic link is in the inode itself
inline constexpr std::size_t kExt4Name = 255;  ///< bytes that a name can have

/// Of a file with this many bytes.
constexpr std::uint64_t ext4_blocks_for(std::uint64_t bytes) {
  return (bytes + kExt4Block - 1) / kExt4Block;
}

/// Blocks that a tree takes up in an ext4 file system, without inode tables and journal; rather a
/// few too many.
std::uint64_t ext4_blocks_of(const oci::MergedTree& tree);

}  // namespace gantry::vm
