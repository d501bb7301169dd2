#include "vm/disk/ext4_size.hpp"

#include <string_view>
#include <unordered_map>

namespace gantry::vm {

namespace {

using content::Entry;
using content::EntryType;

constexpr std::uint64_t kExtentBlocks = 32768;  // that one extent can have

/// Of what is not a directory, which are counted by their names.
std::uint64_t blocks_of(const Entry& entry) {
  std::uint64_t blocks = 0;
  if (entry.type == EntryType::kFile) {
    blocks = ext4_blocks_for(entry.size);
    if (blocks > 4 * kExtentBlocks) {
      blocks += 1 + blocks / kExtentBlocks / 256;  // extents that are not in the inode
    }
  } else if (entry.type == EntryType::kSymlink &&
             std::string_view(entry.link_target).size() >= kExt4FastLink) {
    blocks = 1;
  }
  return blocks + (entry.xattrs.empty() ? 0 : 1);
}

}  // namespace

std::uint64_t ext4_blocks_of(const oci::MergedTree& tree) {
  std::uint64_t blocks = 5;  // /lost+found and the root, if it is small
  std::unordered_map<std::string_view, std::size_t> used;  // bytes of names
  for (const auto& merged : tree) {
    const auto& entry = merged.entry;
    const std::string_view path = entry.path;
    blocks += blocks_of(entry);
    used[content::parent_of(path)] += 8 + ((content::name_of(path).size() + 3) & ~std::size_t{3});
    if (entry.type == EntryType::kDirectory) {
      used.try_emplace(path, 0);
    }
  }
  for (const auto& [path, bytes] : used) {
    // A name that does not fit in what is left of a block begins the next.
    blocks += 1 + (bytes + 24) / (kExt4Block - 12 - 8 - kExt4Name);
  }
  return blocks;
}

}  // namespace gantry::vm
