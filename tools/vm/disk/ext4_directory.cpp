#include "vm/disk/ext4_directory.hpp"

#include <cstring>
#include <utility>

#include <ext2fs/ext2fs.h>

namespace gantry::vm {

namespace {

/// The end of each block holds its checksum.
constexpr std::size_t kUsable = kExt4Block - sizeof(ext2_dir_entry_tail);
constexpr std::size_t kHeader = 8;

std::size_t length_of(std::string_view name) {
  return (kHeader + name.size() + 3) & ~std::size_t{3};
}

}  // namespace

DirectoryBlocks::DirectoryBlocks(std::uint32_t self, std::uint32_t parent) {
  begin_block();
  add({".", self, EXT2_FT_DIR});
  add({"..", parent, EXT2_FT_DIR});
}

void DirectoryBlocks::begin_block() {
  if (!blocks_.empty()) {
    last_entries_.push_back(last_);
  }
  blocks_.emplace_back(kExt4Block, '\0');
  used_ = last_ = 0;
}

void DirectoryBlocks::add(const DirectoryEntry& entry) {
  const auto length = length_of(entry.name);
  if (used_ + length > kUsable) {
    begin_block();
  }
  ext2_dir_entry raw{};
  raw.inode = entry.inode;
  raw.rec_len = static_cast<__u16>(length);
  ext2fs_dirent_set_name_len(&raw, static_cast<int>(entry.name.size()));
  ext2fs_dirent_set_file_type(&raw, entry.type);
  auto* const place = blocks_.back().data() + used_;
  std::memcpy(place, &raw, kHeader);
  entry.name.copy(place + kHeader, entry.name.size());
  last_ = used_;
  used_ += length;
}

void DirectoryBlocks::extend_to(std::size_t blocks) {
  while (blocks_.size() < blocks) {
    begin_block();
  }
}

std::vector<std::string> DirectoryBlocks::finish(struct_ext2_filsys* system) && {
  last_entries_.push_back(last_);
  for (std::size_t number = 0; number < blocks_.size(); ++number) {
    auto* const block = blocks_[number].data();
    const auto length = static_cast<__u16>(kUsable - last_entries_[number]);
    std::memcpy(block + last_entries_[number] + offsetof(ext2_dir_entry, rec_len), &length,
                sizeof length);
    ext2fs_initialize_dirent_tail(system, EXT2_DIRENT_TAIL(block, kExt4Block));
  }
  return std::move(blocks_);
}

}  // namespace gantry::vm
