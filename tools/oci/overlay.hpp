#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "content/entry.hpp"

namespace gantry::oci {

/// The file system that an image's layers make when they lie on each other, lowest first. Holds the
/// layers' trees; nothing is read from a disk.
class Overlay {
 public:
  struct Layer {
    std::string name;  ///< for messages: "component 'app'", "the base image 'debian'"
    content::Tree tree;
    bool exclusive = false;  ///< its files may not differ from those of other exclusive layers
  };

  struct Node {
    content::EntryType type() const { return entry->type; }

    const content::Entry* entry = nullptr;  ///< at its path; no whiteout
    const Layer* layer = nullptr;           ///< null for the root
  };

  /// Where a path leads when every symbolic link is followed, inside the root. If a link leads in a
  /// circle, or something that is no directory is in the way, obstacle is it and node is null.
  struct Resolution {
    std::string path;
    const Node* node = nullptr;      ///< null: there is nothing
    const Node* link = nullptr;      ///< the first symbolic link on the way, if any
    const Node* obstacle = nullptr;  ///< what ends the way too early
  };

  Overlay();

  /// Lays a layer on top as a container engine does: first its whiteouts take away what they hide,
  /// then its entries replace what has their paths; symbolic links are not followed. An error if a
  /// path is too long for any file system.
  base::Result<void> add(Layer layer);

  /// Takes away what tree's whiteouts hide.
  void hide(const content::Tree& tree);

  /// What is at this very path; null if there is nothing. It stays until the next add or hide.
  const Node* find(std::string_view path) const;

  Resolution resolve(std::string_view path) const;

  /// The layer that was added last.
  const Layer& top() const { return layers_.back(); }

 private:
  using Nodes = std::vector<Node>;

  void merge(const Layer& layer);
  void add_parents(Nodes& nodes, std::string_view path, const Layer& layer);
  const content::Entry& implied_directory(std::string_view path);

  std::deque<Layer> layers_;
  std::deque<content::Entry> implied_;  // directories that no layer names
  /// In the order of a Tree, each path once, with every parent; the root is the first. One array,
  /// since images have hundreds of thousands of names.
  Nodes nodes_;
};

}  // namespace gantry::oci
