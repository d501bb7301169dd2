#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "vm/disk/ext4_format.hpp"

namespace gantry::vm {

/// One name in a directory.
struct DirectoryEntry {
  std::string_view name;  ///< at most 255 bytes
  std::uint32_t inode = 0;
  int type = 0;  ///< EXT2_FT_*
};

/// The blocks of a directory in which names are put one after the other; "." and ".." come first.
class DirectoryBlocks {
 public:
  /// Of a directory with this inode number in one with that.
  DirectoryBlocks(std::uint32_t self, std::uint32_t parent);

  void add(const DirectoryEntry& entry);

  /// As many blocks as this, empty ones at the end.
  void extend_to(std::size_t blocks);

  std::size_t count() const { return blocks_.size(); }

  /// The blocks as ext2fs_write_dir_block4 takes them; the last entry of each reaches to its end.
  std::vector<std::string> finish(struct_ext2_filsys* system) &&;

 private:
  void begin_block();

  std::vector<std::string> blocks_;
  std::size_t used_ = 0;  // of the last block
  std::size_t last_ = 0;  // where its last entry begins
  std::vector<std::size_t> last_entries_;
};

}  // namespace gantry::vm
