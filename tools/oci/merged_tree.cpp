#include "oci/merged_tree.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"

namespace gantry::oci {

using content::Entry;
using content::EntryType;

namespace {

constexpr std::size_t kMaxPath = 4096;         // PATH_MAX
constexpr int kMaxLinks = 40;                  // as Linux has it
constexpr std::size_t kMaxInodes = 4'000'000;  // of all layers together
constexpr std::uint64_t kMaxSteps = std::uint64_t{1} << 28;

base::Error entry_error(std::string_view path, std::string_view problem) {
  return {fmt::format("the entry '{}' {}", base::printable(path), problem), "", ""};
}

struct Split {
  std::string_view parent, name;
};

Split split_path(std::string_view path) {
  const auto slash = path.rfind('/');
  if (slash == std::string_view::npos) {
    return {"", path};
  }
  return {path.substr(0, slash), path.substr(slash + 1)};
}

void prepend(std::deque<std::string>& names, std::string_view path) {
  const auto parts = base::split(path, '/');
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
    if (!part->empty() && *part != ".") {
      names.emplace_front(*part);
    }
  }
}

Entry implied_directory() {
  Entry entry;
  entry.type = EntryType::kDirectory;
  entry.mode = 0755;
  return entry;
}

}  // namespace

TreeMerger::TreeMerger() : root_(std::make_unique<Node>()) {
  inodes_.push_back({implied_directory(), std::nullopt});
}

TreeMerger::~TreeMerger() = default;

base::Result<void> TreeMerger::add_layer(std::vector<Entry> entries) {
  // Whiteouts first: they mean the layers below, so what this layer adds must not be there yet.
  for (const auto& entry : entries) {
    if (content::is_whiteout(entry)) {
      GANTRY_CHECK(hide(entry));
    }
  }
  for (std::size_t position = 0; position < entries.size(); ++position) {
    if (!content::is_whiteout(entries[position])) {
      GANTRY_CHECK(add(std::move(entries[position]), position));
    }
  }
  ++layers_;
  return {};
}

MergedTree TreeMerger::finish() const {
  MergedTree tree;
  std::map<std::size_t, std::string> first_names;
  list(*root_, "", tree, first_names);
  return tree;
}

EntryType TreeMerger::type_of(const Node& node) const {
  return inodes_[node.inode].entry.type;
}

TreeMerger::Node& TreeMerger::make_child(Node& parent, std::string_view name, Entry entry) {
  auto node = std::make_unique<Node>();
  node->inode = inodes_.size();
  node->layer = layers_;
  inodes_.push_back({std::move(entry), std::nullopt});
  auto& place = parent.children[std::string(name)];
  place = std::move(node);
  return *place;
}

/// The directory that path leads to; nullptr if there is none and none is to be made.
base::Result<TreeMerger::Node*> TreeMerger::directory(std::string_view path, Missing missing) {
  Names rest;
  prepend(rest, path);
  std::vector<Level> way = {{root_.get(), 0}};
  int links = 0;
  while (!rest.empty()) {
    const auto name = std::move(rest.front());
    rest.pop_front();
    if (++steps_ > kMaxSteps) {
      return base::Error{"the image's paths are too long and too many to be honest", "", ""};
    }
    if (name == "..") {
      way.resize(std::max<std::size_t>(1, way.size() - 1));
      continue;
    }
    const auto [node, length] = way.back();
    const auto found = node->children.find(name);
    if (found == node->children.end()) {
      if (missing == Missing::kGiveUp) {
        return static_cast<Node*>(nullptr);
      }
      GANTRY_CHECK(make_room());
      way.push_back({&make_child(*node, name, implied_directory()), length + 1 + name.size()});
    } else if (type_of(*found->second) == EntryType::kSymlink) {
      if (++links > kMaxLinks) {
        return entry_error(path, "leads through too many symbolic links");
      }
      const auto& target = inodes_[found->second->inode].entry.link_target;
      way.resize(target.starts_with('/') ? 1 : way.size());
      prepend(rest, target);
    } else if (type_of(*found->second) == EntryType::kDirectory) {
      way.push_back({found->second.get(), length + 1 + name.size()});
    } else if (missing == Missing::kGiveUp) {
      return static_cast<Node*>(nullptr);
    } else {
      return entry_error(
          path, fmt::format("leads through '{}', which is no directory", base::printable(name)));
    }
    if (way.back().path_length > kMaxPath) {
      return entry_error(path, fmt::format("leads to a path of more than {} bytes", kMaxPath));
    }
  }
  return way.back().node;
}

base::Result<void> TreeMerger::make_room() const {
  if (inodes_.size() >= kMaxInodes) {
    return base::Error{fmt::format("the image has more than {} entries", kMaxInodes), "", ""};
  }
  return {};
}

base::Result<void> TreeMerger::hide(const Entry& whiteout) {
  if (whiteout.type == EntryType::kOpaqueWhiteout) {
    GANTRY_TRY(Node* const opaque, directory(whiteout.path, Missing::kGiveUp));
    if (opaque != nullptr) {
      opaque->children.clear();
    }
    return {};
  }
  const auto [parent_path, name] = split_path(whiteout.path);
  GANTRY_TRY(Node* const parent, directory(parent_path, Missing::kGiveUp));
  if (parent != nullptr) {
    if (const auto hidden = parent->children.find(name); hidden != parent->children.end()) {
      parent->children.erase(hidden);
    }
  }
  return {};
}

base::Result<void> TreeMerger::add(Entry entry, std::size_t position) {
  GANTRY_CHECK(make_room());
  const auto path = std::exchange(entry.path, {});
  const auto [parent_path, name] = split_path(path);
  GANTRY_TRY(Node* const parent, directory(parent_path, Missing::kMake));
  const auto old = parent->children.find(name);
  if (old != parent->children.end()) {
    Node& node = *old->second;
    if (entry.type == EntryType::kDirectory && type_of(node) == EntryType::kDirectory) {
      inodes_[node.inode].entry = std::move(entry);
      node.layer = layers_;
      return {};
    }
    parent->children.erase(old);
  }
  if (entry.type == EntryType::kHardLink) {
    entry.path = path;
    return link(*parent, name, entry);
  }
  const bool file = entry.type == EntryType::kFile;
  make_child(*parent, name, std::move(entry));
  if (file) {
    inodes_.back().bytes = Origin{layers_, position};
  }
  return {};
}

base::Result<void> TreeMerger::link(Node& parent, std::string_view name, const Entry& entry) {
  const auto [target_parent, target_name] = split_path(entry.link_target);
  GANTRY_TRY(Node* const target_directory, directory(target_parent, Missing::kGiveUp));
  const auto dangling = [&](std::string_view problem) {
    return entry_error(entry.path, fmt::format("is a hard link to '{}', {}",
                                               base::printable(entry.link_target), problem));
  };
  if (target_directory == nullptr) {
    return dangling("which is not there");
  }
  const auto target = target_directory->children.find(target_name);
  if (target == target_directory->children.end()) {
    return dangling("which is not there");
  }
  if (type_of(*target->second) == EntryType::kDirectory) {
    return dangling("which is a directory");
  }
  auto node = std::make_unique<Node>();
  node->inode = target->second->inode;
  node->layer = layers_;
  parent.children[std::string(name)] = std::move(node);
  return {};
}

void TreeMerger::list(const Node& node, const std::string& path, MergedTree& tree,
                      std::map<std::size_t, std::string>& first_names) const {
  for (const auto& [name, child] : node.children) {
    const auto child_path = path.empty() ? name : path + "/" + name;
    const auto& inode = inodes_[child->inode];
    MergedEntry merged{inode.entry, child->layer, inode.bytes};
    merged.entry.path = child_path;
    if (inode.bytes) {
      const auto [first, is_first] = first_names.try_emplace(child->inode, child_path);
      if (!is_first) {
        merged.entry.type = EntryType::kHardLink;
        merged.entry.link_target = first->second;
        merged.entry.size = 0;
        merged.bytes.reset();
      }
    }
    tree.push_back(std::move(merged));
    list(*child, child_path, tree, first_names);
  }
}

base::Result<MergedTree> merged_tree(const Image& image, Contents contents) {
  const auto& layers = image.manifest.layers;
  const auto& diff_ids = image.config.diff_ids;
  if (layers.size() != diff_ids.size()) {
    return base::Error{fmt::format("the image's manifest has {} layers, its config {}",
                                   layers.size(), diff_ids.size()),
                       "image " + image.descriptor.digest.text(), ""};
  }
  GANTRY_CHECK(image.blobs.bring(layers));
  TreeMerger merger;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    GANTRY_TRY(auto entries, read_layer_entries(image.blobs, layers[i], diff_ids[i], contents));
    if (auto added = merger.add_layer(std::move(entries)); !added) {
      added.error().where = "layer " + layers[i].digest.text();
      return std::move(added).error();
    }
  }
  return merger.finish();
}

}  // namespace gantry::oci
