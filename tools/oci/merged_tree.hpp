#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "content/entry.hpp"
#include "oci/image.hpp"
#include "oci/layer_tree.hpp"

namespace gantry::oci {

/// Where in an image a file's bytes are: the nth entry (from 0, as read_tar_entries counts) of a
/// layer (0 is the lowest).
struct Origin {
  std::size_t layer = 0;
  std::size_t position = 0;
  auto operator<=>(const Origin&) const = default;
};

/// An entry of the file system that all layers make together.
struct MergedEntry {
  content::Entry entry;         ///< no whiteouts; a hard link's target is an entry before it
  std::size_t layer = 0;        ///< that gave this name its present form; 0 is the lowest
  std::optional<Origin> bytes;  ///< of a kFile
};

/// Sorted by path; every entry's parents are directories in it, so that no path leads through a
/// symbolic link.
using MergedTree = std::vector<MergedEntry>;

/// Puts layers on top of each other (image-spec, layer.md):
/// - whiteouts hide what lower layers hold, wherever in their layer they stand;
/// - a directory over a directory replaces its metadata, anything else replaces what was there with
///   all below it;
/// - the directories that lead to an entry are followed through symbolic links, inside the root;
///   one that no layer names is made (0755, owner 0:0, mtime 0);
/// - hard links name what their target is at that moment, also in a lower layer.
class TreeMerger {
 public:
  TreeMerger();
  TreeMerger(TreeMerger&&) noexcept = default;
  TreeMerger& operator=(TreeMerger&&) noexcept = default;
  ~TreeMerger();

  /// entries in the order of the layer's tar stream.
  base::Result<void> add_layer(std::vector<content::Entry> entries);

  MergedTree finish() const;

 private:
  struct Inode {
    content::Entry entry;
    std::optional<Origin> bytes;
  };
  struct Node {
    std::size_t inode = 0;
    std::size_t layer = 0;
    std::map<std::string, std::unique_ptr<Node>, std::less<>> children;
  };
  struct Level {  // of the way to a directory
    Node* node;
    std::size_t path_length;
  };
  enum class Missing { kGiveUp, kMake };
  using Names = std::deque<std::string>;

  base::Result<Node*> directory(std::string_view path, Missing missing);
  base::Result<void> make_room() const;
  Node& make_child(Node& parent, std::string_view name, content::Entry entry);
  base::Result<void> hide(const content::Entry& whiteout);
  base::Result<void> add(content::Entry entry, std::size_t position);
  base::Result<void> link(Node& parent, std::string_view name, const content::Entry& entry);
  void list(const Node& node, const std::string& path, MergedTree& tree,
            std::map<std::size_t, std::string>& first_names) const;
  content::EntryType type_of(const Node& node) const;

  std::vector<Inode> inodes_;
  std::unique_ptr<Node> root_;
  std::size_t layers_ = 0;
  std::uint64_t steps_ = 0;  // of path walks, all in all
};

/// The file system of an image. All its layers are read and verified.
base::Result<MergedTree> merged_tree(const Image& image, Contents contents);

}  // namespace gantry::oci
