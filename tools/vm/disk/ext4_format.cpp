#include "vm/disk/ext4_format.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <ext2fs/ext2fs.h>
#include <fmt/format.h>

namespace gantry::vm {

namespace {

constexpr std::uint64_t kBytesPerInode = 16384;  // as mke2fs has it
constexpr unsigned kInodeSize = 256;
/// Blocks of a journal are rewritten in turn: what a checkpoint holds of the disk grows by all of
/// it.
constexpr blk_t kJournalBlocks = 4096;  // 16 MiB

ext2_super_block parameters(const Ext4Options& options) {
  ext2_super_block super{};
  const auto blocks = options.size / kExt4Block;
  ext2fs_blocks_count_set(&super, blocks);
  super.s_rev_level = EXT2_DYNAMIC_REV;
  super.s_log_block_size = 2;
  super.s_log_cluster_size = 2;
  super.s_inode_size = kInodeSize;
  super.s_inodes_count = static_cast<__u32>(
      std::min<std::uint64_t>(std::max(options.size / kBytesPerInode, options.inodes), blocks));
  super.s_log_groups_per_flex = 4;
  super.s_desc_size = EXT2_MIN_DESC_SIZE_64BIT;
  super.s_feature_compat = EXT2_FEATURE_COMPAT_EXT_ATTR | EXT2_FEATURE_COMPAT_DIR_INDEX |
                           EXT2_FEATURE_COMPAT_RESIZE_INODE;
  super.s_feature_incompat = EXT2_FEATURE_INCOMPAT_FILETYPE | EXT3_FEATURE_INCOMPAT_EXTENTS |
                             EXT4_FEATURE_INCOMPAT_64BIT | EXT4_FEATURE_INCOMPAT_FLEX_BG;
  super.s_feature_ro_compat =
      EXT2_FEATURE_RO_COMPAT_SPARSE_SUPER | EXT2_FEATURE_RO_COMPAT_LARGE_FILE |
      EXT4_FEATURE_RO_COMPAT_HUGE_FILE | EXT4_FEATURE_RO_COMPAT_DIR_NLINK |
      EXT4_FEATURE_RO_COMPAT_EXTRA_ISIZE | EXT4_FEATURE_RO_COMPAT_METADATA_CSUM;
  return super;
}

void identify(ext2_filsys system, const Ext4Options& options) {
  auto& super = *system->super;
  // The library takes 0 for "now".
  system->now = std::max<std::int64_t>(1, options.time);
  const auto time = static_cast<__u32>(system->now);
  super.s_mkfs_time = super.s_lastcheck = super.s_wtime = time;
  std::copy(options.uuid.begin(), options.uuid.end(), super.s_uuid);
  std::memcpy(super.s_hash_seed, options.hash_seed.data(), options.hash_seed.size());
  options.label.copy(reinterpret_cast<char*>(super.s_volume_name), sizeof super.s_volume_name);
  super.s_def_hash_version = EXT2_HASH_HALF_MD4;
  // Otherwise it depends on what a char is on the machine that builds.
  super.s_flags = EXT2_FLAGS_SIGNED_HASH;
  super.s_default_mount_opts = EXT2_DEFM_XATTR_USER | EXT2_DEFM_ACL;
  super.s_min_extra_isize = super.s_want_extra_isize =
      sizeof(ext2_inode_large) - EXT2_GOOD_OLD_INODE_SIZE;
  super.s_max_mnt_count = -1;
  super.s_checksum_type = EXT2_CRC32C_CHKSUM;
  ext2fs_init_csum_seed(system);
}

/// The inodes that have a number of their own.
void reserve_inodes(ext2_filsys system) {
  for (ext2_ino_t inode = EXT2_BAD_INO; inode < EXT2_FIRST_INODE(system->super); ++inode) {
    if (inode != EXT2_ROOT_INO) {
      ext2fs_inode_alloc_stats2(system, inode, +1, 0);
    }
  }
}

errcode_t add_journal(ext2_filsys system) {
  ext2fs_journal_params journal{};
  if (const auto error = ext2fs_get_journal_params(&journal, system)) {
    return error;
  }
  journal.num_journal_blocks = std::min(journal.num_journal_blocks, kJournalBlocks);
  return ext2fs_add_journal_inode3(system, &journal, ~0ULL,
                                   EXT2_MKJOURNAL_LAZYINIT | EXT2_MKJOURNAL_NO_MNT_CHECK);
}

}  // namespace

void Ext4Discard::operator()(struct_ext2_filsys* system) const {
  if (system != nullptr) {
    ext2fs_free(system);
  }
}

base::Error ext4_error(const std::string& action, long code) {
  static const bool known = [] {
    initialize_ext2_error_table();
    return true;
  }();
  static_cast<void>(known);
  return {fmt::format("cannot {}: {}", action, error_message(code)), "", ""};
}

base::Result<Ext4Handle> format_ext4(const Ext4Options& options) {
  auto super = parameters(options);
  ext2_filsys opened = nullptr;
  if (const auto error = ext2fs_initialize(options.file.c_str(), EXT2_FLAG_64BITS, &super,
                                           unix_io_manager, &opened)) {
    return ext4_error(fmt::format("lay out a file system of {} bytes", options.size), error);
  }
  Ext4Handle system(opened);
  if (options.offset != 0) {
    const auto offset = fmt::format("offset={}", options.offset);
    if (const auto error = io_channel_set_options(opened->io, offset.c_str())) {
      return ext4_error("begin the file system in the disk", error);
    }
  }
  identify(opened, options);
  if (const auto error = ext2fs_allocate_tables(opened)) {
    return ext4_error("place the tables of the file system", error);
  }
  for (dgrp_t group = 0; group < opened->group_desc_count; ++group) {
    ext2fs_bg_flags_set(opened, group, EXT2_BG_INODE_ZEROED);
    ext2fs_group_desc_csum_set(opened, group);
  }
  reserve_inodes(opened);
  if (const auto error = ext2fs_create_resize_inode(opened)) {
    return ext4_error("let the file system grow", error);
  }
  if (const auto error = add_journal(opened)) {
    return ext4_error("make the journal", error);
  }
  return system;
}

}  // namespace gantry::vm
