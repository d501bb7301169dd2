#include "vm/disk/ext4_writer.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include <ext2fs/ext2fs.h>
#include <fmt/format.h>

#include "base/text.hpp"
#include "vm/disk/ext4_size.hpp"

namespace gantry::vm {

namespace {

using base::Result;
using content::Entry;
using content::EntryType;

constexpr int kInodeBytes = 256;
constexpr std::uint32_t kMostLinks = 65000;
constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

base::Error of_entry(const Entry& entry, const std::string& what) {
  return {what, "/" + base::printable(entry.path), ""};
}

/// What directories and inodes call the type of an entry.
struct Kind {
  int in_directory;
  unsigned mode;
};

Kind kind_of(EntryType type) {
  switch (type) {
    case EntryType::kDirectory:
      return {EXT2_FT_DIR, LINUX_S_IFDIR};
    case EntryType::kSymlink:
      return {EXT2_FT_SYMLINK, LINUX_S_IFLNK};
    case EntryType::kCharDevice:
      return {EXT2_FT_CHRDEV, LINUX_S_IFCHR};
    case EntryType::kBlockDevice:
      return {EXT2_FT_BLKDEV, LINUX_S_IFBLK};
    case EntryType::kFifo:
      return {EXT2_FT_FIFO, LINUX_S_IFIFO};
    default:
      return {EXT2_FT_REG_FILE, LINUX_S_IFREG};
  }
}

/// What ext4 can keep: a name in one of these spaces.
bool has_a_place(std::string_view attribute) {
  constexpr std::array<std::string_view, 5> kSpaces{
      "user.", "trusted.", "security.", "system.posix_acl_access", "system.posix_acl_default"};
  return std::any_of(kSpaces.begin(), kSpaces.end(),
                     [&](std::string_view space) { return attribute.starts_with(space); });
}

}  // namespace

/// As it is on the disk; the library knows the first part of it alone.
struct Ext4Writer::Inode {
  union {
    ext2_inode small;
    ext2_inode_large large;
    std::array<char, kInodeBytes> bytes;
  };

  Inode() : bytes{} {}

  void set_time(std::int64_t time) {
    // 34 bits, from 1901 to 2446.
    time = std::clamp<std::int64_t>(time, -(std::int64_t{1} << 31),
                                    (std::int64_t{1} << 34) - (std::int64_t{1} << 31) - 1);
    const auto low = static_cast<__u32>(time);
    const auto epoch = static_cast<__u32>((time - static_cast<std::int32_t>(low)) >> 32) & 3;
    large.i_atime = large.i_ctime = large.i_mtime = large.i_crtime = low;
    large.i_atime_extra = large.i_ctime_extra = large.i_mtime_extra = large.i_crtime_extra = epoch;
  }
};

Result<Ext4Writer> Ext4Writer::begin(const Ext4Options& options, const oci::MergedTree& tree) {
  auto with_room = options;
  with_room.inodes = std::max<std::uint64_t>(options.inodes, tree.size() + 64);
  GANTRY_TRY(auto system, format_ext4(with_room));
  Ext4Writer writer(std::move(system), tree, options);
  GANTRY_CHECK(writer.check_room());
  GANTRY_CHECK(writer.number_inodes());
  for (const auto& directory : writer.directories_) {
    GANTRY_CHECK(writer.make_directory(directory));
  }
  for (std::size_t index = 0; index < tree.size(); ++index) {
    const auto type = tree[index].entry.type;
    if (type != EntryType::kDirectory && type != EntryType::kHardLink) {
      GANTRY_CHECK(writer.make_other(index));
    }
  }
  return writer;
}

Result<void> Ext4Writer::check_room() const {
  const auto needed = ext4_blocks_of(*tree_);
  const auto free = ext2fs_free_blocks_count(system_->super);
  if (needed <= free) {
    return {};
  }
  const auto least = size_ + (needed - free) * kExt4Block;
  // More blocks need more tables.
  const auto advice = (least + least / 50 + kMiB - 1) / kMiB;
  return base::Error{fmt::format("the files need {} and the file system of {} has room for {}",
                                 base::format_bytes(needed * kExt4Block), base::format_bytes(size_),
                                 base::format_bytes(free * kExt4Block)),
                     "", fmt::format("give the disk at least {}M", advice)};
}

Result<void> Ext4Writer::number_inodes() {
  const auto& tree = *tree_;
  const std::uint32_t first = EXT2_FIRST_INODE(system_->super);
  auto next = first;
  std::unordered_map<std::string_view, std::size_t> places;  // of directories in directories_
  std::unordered_map<std::string_view, std::size_t> names;   // of all that is no directory
  directories_.push_back({nullptr, EXT2_ROOT_INO, EXT2_ROOT_INO});
  places.emplace("", 0);
  const auto add = [&](Directory& parent, std::string_view name, std::uint32_t inode, int type) {
    parent.children.push_back({name, inode, type});
    parent.subdirectories += type == EXT2_FT_DIR ? 1 : 0;
  };
  links_.assign(first + tree.size() + 1, 0);
  const bool has_its_own = std::any_of(tree.begin(), tree.end(), [](const auto& merged) {
    return std::string_view(merged.entry.path) == "lost+found";
  });
  if (!has_its_own) {
    directories_.push_back({nullptr, next, EXT2_ROOT_INO, 4});
    add(directories_.front(), "lost+found", next++, EXT2_FT_DIR);
  }
  for (std::size_t index = 0; index < tree.size(); ++index) {
    const auto& entry = tree[index].entry;
    const std::string_view path = entry.path;
    const auto name = content::name_of(path);
    if (name.size() > kExt4Name) {
      return of_entry(entry, "its name is longer than 255 bytes");
    }
    const auto parent = places.at(content::parent_of(path));
    std::uint32_t inode = next;
    auto type = kind_of(entry.type).in_directory;
    if (entry.type == EntryType::kHardLink) {
      const auto target = names.at(entry.link_target);
      inode = inodes_[target];
      type = kind_of(tree[target].entry.type).in_directory;
    } else {
      ++next;
    }
    inodes_.push_back(inode);
    add(directories_[parent], name, inode, type);
    if (entry.type == EntryType::kDirectory) {
      places.emplace(path, directories_.size());
      directories_.push_back({&entry, inode, directories_[parent].inode});
    } else {
      names.emplace(path, index);
      if (++links_[inode] > kMostLinks) {
        return of_entry(entry, fmt::format("its file has more than {} names", kMostLinks));
      }
    }
  }
  return {};
}

Result<std::vector<Ext4Writer::Run>> Ext4Writer::allocate(std::uint32_t number, Inode& inode,
                                                          std::uint64_t blocks) {
  auto* const system = system_.get();
  ext2_extent_handle_t opened = nullptr;
  // This makes the inode one whose blocks are named by extents.
  auto error = ext2fs_extent_open2(system, number, &inode.small, &opened);
  ext2fs_extent_free(opened);
  if (error == 0 && blocks != 0) {
    error = ext2fs_write_inode_full(system, number, &inode.small, kInodeBytes);
  }
  std::vector<Run> runs;
  if (error == 0 && blocks != 0) {
    error = ext2fs_fallocate(system, EXT2_FALLOCATE_FORCE_INIT | EXT2_FALLOCATE_INIT_BEYOND_EOF,
                             number, &inode.small, goal_, 0, blocks);
  }
  if (error == 0 && blocks != 0) {
    error = ext2fs_extent_open2(system, number, &inode.small, &opened);
    ext2fs_extent extent{};
    for (int step = EXT2_EXTENT_ROOT; error == 0; step = EXT2_EXTENT_NEXT_LEAF) {
      error = ext2fs_extent_get(opened, step, &extent);
      if (error == 0 && (extent.e_flags & EXT2_EXTENT_FLAGS_LEAF) != 0) {
        runs.push_back({extent.e_pblk, extent.e_len});
        goal_ = extent.e_pblk + extent.e_len;
      }
    }
    ext2fs_extent_free(opened);
    error = error == EXT2_ET_EXTENT_NO_NEXT ? 0 : error;
  }
  if (error != 0) {
    return ext4_error("allocate blocks", error);
  }
  return runs;
}

Result<void> Ext4Writer::write_inode(std::uint32_t number, Inode& inode, const Entry* entry) {
  auto& large = inode.large;
  large.i_extra_isize = sizeof(ext2_inode_large) - EXT2_GOOD_OLD_INODE_SIZE;
  inode.set_time(entry != nullptr ? entry->mtime : time_);
  if (entry != nullptr) {
    large.i_mode = static_cast<__u16>(kind_of(entry->type).mode | (entry->mode & 07777));
    large.i_uid = static_cast<__u16>(entry->uid);
    large.i_uid_high = static_cast<__u16>(entry->uid >> 16);
    large.i_gid = static_cast<__u16>(entry->gid);
    large.i_gid_high = static_cast<__u16>(entry->gid >> 16);
  }
  ext2fs_inode_alloc_stats2(system_.get(), number, +1, LINUX_S_ISDIR(large.i_mode) ? 1 : 0);
  if (const auto error =
          ext2fs_write_inode_full(system_.get(), number, &inode.small, kInodeBytes)) {
    return ext4_error("write an inode", error);
  }
  return entry != nullptr && !entry->xattrs.empty() ? write_attributes(number, *entry)
                                                    : Result<void>();
}

Result<void> Ext4Writer::write_attributes(std::uint32_t number, const Entry& entry) {
  ext2_xattr_handle* handle = nullptr;
  auto error = ext2fs_xattrs_open(system_.get(), number, &handle);
  for (const auto& [name, value] : entry.xattrs) {
    if (error != 0) {
      break;
    }
    if (!has_a_place(name)) {
      ++attributes_left_out_;
      continue;
    }
    error = ext2fs_xattr_set(handle, name.c_str(), value.data(), value.size());
  }
  ext2fs_xattrs_close(&handle);
  if (error != 0) {
    auto failure = ext4_error("keep its extended attributes", error);
    failure.where = "/" + base::printable(entry.path);
    return failure;
  }
  return {};
}

Result<void> Ext4Writer::make_directory(const Directory& directory) {
  DirectoryBlocks packed(directory.inode, directory.parent);
  for (const auto& child : directory.children) {
    packed.add(child);
  }
  packed.extend_to(directory.least_blocks);
  Inode inode;
  // /lost+found is for root alone.
  inode.large.i_mode = LINUX_S_IFDIR | (directory.inode == EXT2_ROOT_INO ? 0755 : 0700);
  // More than a directory can count of are told by 1.
  const auto links = directory.subdirectories + 2;
  inode.large.i_links_count = static_cast<__u16>(links >= kMostLinks ? 1 : links);
  const auto size = packed.count() * kExt4Block;
  if (const auto error =
          ext2fs_inode_size_set(system_.get(), &inode.small, static_cast<ext2_off64_t>(size))) {
    return ext4_error("make a directory", error);
  }
  GANTRY_TRY(const auto runs, allocate(directory.inode, inode, packed.count()));
  GANTRY_CHECK(write_inode(directory.inode, inode, directory.entry));
  auto blocks = std::move(packed).finish(system_.get());
  auto block = blocks.begin();
  for (const auto& run : runs) {
    for (std::uint64_t i = 0; i < run.length && block != blocks.end(); ++i, ++block) {
      if (const auto error = ext2fs_write_dir_block4(system_.get(), run.physical + i, block->data(),
                                                     0, directory.inode)) {
        return ext4_error("write a directory", error);
      }
    }
  }
  return {};
}

Result<void> Ext4Writer::make_other(std::size_t index) {
  const auto& entry = (*tree_)[index].entry;
  const auto number = inodes_[index];
  Inode inode;
  inode.large.i_links_count = static_cast<__u16>(links_[number]);
  if (entry.type == EntryType::kCharDevice || entry.type == EntryType::kBlockDevice) {
    const auto [major, minor] = std::pair(entry.device_major, entry.device_minor);
    if (major > 0xFFF || minor > 0xFFFFF) {
      return of_entry(entry,
                      fmt::format("ext4 has no room for the device number {}:{}", major, minor));
    }
    if (major < 256 && minor < 256) {
      inode.large.i_block[0] = major << 8 | minor;
    } else {
      inode.large.i_block[1] = (minor & 0xFF) | major << 8 | (minor & ~0xFFU) << 12;
    }
  } else if (entry.type == EntryType::kSymlink) {
    const std::string_view target = entry.link_target;
    if (target.size() >= kExt4Block) {
      return of_entry(entry, "the symbolic link's text is longer than 4095 bytes");
    }
    inode.large.i_size = static_cast<__u32>(target.size());
    if (target.size() < kExt4FastLink) {
      target.copy(reinterpret_cast<char*>(inode.large.i_block), target.size());
    } else {
      GANTRY_TRY(const auto runs, allocate(number, inode, 1));
      std::string block(target);
      block.resize(kExt4Block);
      if (const auto error =
              io_channel_write_blk64(system_->io, runs.front().physical, 1, block.data())) {
        return ext4_error("write a symbolic link", error);
      }
    }
  } else if (entry.type == EntryType::kFile) {
    if (const auto error = ext2fs_inode_size_set(system_.get(), &inode.small,
                                                 static_cast<ext2_off64_t>(entry.size))) {
      return ext4_error("make a file", error);
    }
    auto runs = allocate(number, inode, ext4_blocks_for(entry.size));
    if (!runs) {
      return of_entry(entry, runs.error().what);
    }
    runs_.emplace(index, *std::move(runs));
  }
  return write_inode(number, inode, &entry);
}

Result<void> Ext4Writer::write_content(std::size_t index, const ContentReader& content) {
  constexpr std::uint64_t kPiece = 256;  // blocks
  const auto& entry = (*tree_)[index].entry;
  const auto found = runs_.find(index);
  if (found == runs_.end()) {
    return of_entry(entry, "it is no file that is still to be written");
  }
  std::vector<std::byte> buffer(std::min(kPiece, ext4_blocks_for(entry.size)) * kExt4Block);
  auto left = entry.size;
  for (const auto& run : found->second) {
    for (std::uint64_t done = 0; done < run.length;) {
      const auto blocks = std::min(kPiece, run.length - done);
      const auto bytes = static_cast<std::size_t>(std::min(left, blocks * kExt4Block));
      const std::span piece(buffer.data(), blocks * kExt4Block);
      std::size_t got = 0;
      while (got < bytes) {
        GANTRY_TRY(const auto some, content(piece.subspan(got, bytes - got)));
        if (some == 0) {
          return of_entry(entry, "it ends too early");
        }
        got += some;
      }
      std::fill(piece.begin() + static_cast<std::ptrdiff_t>(bytes), piece.end(), std::byte{0});
      if (const auto error = io_channel_write_blk64(system_->io, run.physical + done,
                                                    static_cast<int>(blocks), piece.data())) {
        return ext4_error("write to the disk", error);
      }
      left -= bytes;
      done += blocks;
    }
  }
  runs_.erase(found);
  return {};
}

Result<std::string> Ext4Writer::read(std::size_t index, std::uint64_t limit) const {
  const auto& entry = (*tree_)[index].entry;
  if (entry.size > limit) {
    return of_entry(entry, fmt::format("it has more than {}", base::format_bytes(limit)));
  }
  ext2_file_t file = nullptr;
  auto error = ext2fs_file_open(system_.get(), inodes_[index], 0, &file);
  std::string text(entry.size, '\0');
  unsigned got = 0;
  if (error == 0 && !text.empty()) {
    error = ext2fs_file_read(file, text.data(), static_cast<unsigned>(text.size()), &got);
  }
  ext2fs_file_close(file);
  if (error != 0) {
    return ext4_error("read /" + base::printable(entry.path), error);
  }
  text.resize(got);
  return text;
}

Result<void> Ext4Writer::finish() {
  if (!runs_.empty()) {
    return of_entry((*tree_)[runs_.begin()->first].entry, "its content is missing");
  }
  auto* system = system_.release();
  if (const auto error = ext2fs_close_free(&system)) {
    system_.reset(system);
    return ext4_error("write the file system", error);
  }
  return {};
}

}  // namespace gantry::vm
