#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "oci/merged_tree.hpp"
#include "vm/disk/ext4_directory.hpp"
#include "vm/disk/ext4_format.hpp"

namespace gantry::vm {

/// Fills the span as far as it can with a file's next bytes; 0 at its end.
using ContentReader = std::function<base::Result<std::size_t>(std::span<std::byte>)>;

/// Fills an empty ext4 file system with a tree. What it makes depends on the tree and the options
/// alone, not on the order in which the contents come.
class Ext4Writer {
 public:
  /// Makes all inodes and directories of the tree, which must outlive the writer. A tree that does
  /// not fit is an error that says how large the file system would have to be.
  static base::Result<Ext4Writer> begin(const Ext4Options& options, const oci::MergedTree& tree);

  /// Writes what a kFile, the tree's entry at index, holds.
  base::Result<void> write_content(std::size_t index, const ContentReader& content);

  /// What such a file holds now, of at most limit bytes.
  base::Result<std::string> read(std::size_t index, std::uint64_t limit) const;

  /// Writes the file system's own data. Every file must have been written.
  base::Result<void> finish();

  /// Extended attributes that ext4 has no name for, and which were left out.
  std::size_t attributes_left_out() const { return attributes_left_out_; }

 private:
  struct Directory {
    const content::Entry* entry;  // null: made here
    std::uint32_t inode;
    std::uint32_t parent;
    std::size_t least_blocks = 1;
    std::uint32_t subdirectories = 0;
    std::vector<DirectoryEntry> children = {};
  };
  struct Run {
    std::uint64_t physical;
    std::uint64_t length;  // blocks
  };
  struct Inode;

  Ext4Writer(Ext4Handle system, const oci::MergedTree& tree, const Ext4Options& options)
      : system_(std::move(system)), tree_(&tree), size_(options.size), time_(options.time) {}

  base::Result<void> check_room() const;
  base::Result<void> number_inodes();
  base::Result<void> make_directory(const Directory& directory);
  base::Result<void> make_other(std::size_t index);
  base::Result<std::vector<Run>> allocate(std::uint32_t number, Inode& inode, std::uint64_t blocks);
  base::Result<void> write_inode(std::uint32_t number, Inode& inode, const content::Entry* entry);
  base::Result<void> write_attributes(std::uint32_t number, const content::Entry& entry);

  Ext4Handle system_;
  const oci::MergedTree* tree_;
  std::uint64_t size_;
  std::int64_t time_;
  std::vector<std::uint32_t> inodes_;                       // of the tree's entries
  std::vector<std::uint32_t> links_;                        // of the inodes, by number
  std::vector<Directory> directories_;                      // the root first
  std::unordered_map<std::size_t, std::vector<Run>> runs_;  // of the files not written yet
  std::uint64_t goal_ = 0;                                  // where blocks are looked for
  std::size_t attributes_left_out_ = 0;
};

}  // namespace gantry::vm
