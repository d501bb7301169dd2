#include "oci/overlay.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "base/text.hpp"

namespace gantry::oci {

using content::Entry;
using content::EntryType;
using content::is_whiteout;
using content::name_of;
using content::parent_of;

namespace {

/// Linux's PATH_MAX and the most links that it follows. The first also bounds the depth of nodes.
constexpr std::size_t kMaxPath = 4096;
constexpr int kMaxLinks = 40;

const Entry& implied_directory() {
  static const Entry directory = [] {
    Entry entry;
    entry.type = EntryType::kDirectory;
    entry.mode = 0755;
    return entry;
  }();
  return directory;
}

std::string_view first_component(std::string_view path) {
  return path.substr(0, path.find('/'));
}

std::string_view after_component(std::string_view path, std::string_view component) {
  path.remove_prefix(component.size());
  return path.substr(std::min(path.size(), path.find_first_not_of('/')));
}

/// The way from the root, one directory after another; names beyond the last node do not exist.
struct Way {
  std::vector<const Overlay::Node*> nodes;
  std::vector<std::string_view> names;

  void up() {
    if (!names.empty()) {
      names.pop_back();
      nodes.resize(std::min(nodes.size(), names.size() + 1));
    }
  }
  bool exists() const { return nodes.size() == names.size() + 1; }
  std::string path() const { return fmt::format("{}", fmt::join(names, "/")); }
};

}  // namespace

Overlay::Overlay() : root_(std::make_unique<Node>()) {
  root_->entry = &implied_directory();
}

base::Result<void> Overlay::add(Layer layer) {
  for (const auto& entry : layer.tree) {
    if (entry.path.size() > kMaxPath) {
      return base::Error{fmt::format("{} has a path of {} bytes: '{}'", layer.name,
                                     entry.path.size(), base::printable(entry.path.substr(0, 100))),
                         "", "no file system takes a path of more than 4096 bytes"};
    }
  }
  const Layer& added = layers_.emplace_back(std::move(layer));
  hide(added.tree);
  for (const auto& entry : added.tree) {
    if (!is_whiteout(entry)) {
      place(entry, added);
    }
  }
  return {};
}

void Overlay::hide(const content::Tree& tree) {
  for (const auto& entry : tree) {
    if (!is_whiteout(entry)) {
      continue;
    }
    if (entry.type == EntryType::kOpaqueWhiteout) {
      if (Node* const node = find_node(entry.path)) {
        node->children.clear();
      }
    } else if (Node* const parent = find_node(parent_of(entry.path))) {
      if (const auto child = parent->children.find(name_of(entry.path));
          child != parent->children.end()) {
        parent->children.erase(child);
      }
    }
  }
}

const Overlay::Node* Overlay::find(std::string_view path) const {
  const Node* node = root_.get();
  while (!path.empty()) {
    const auto name = first_component(path);
    const auto child = node->children.find(name);
    if (child == node->children.end()) {
      return nullptr;
    }
    node = child->second.get();
    path = after_component(path, name);
  }
  return node;
}

Overlay::Node* Overlay::find_node(std::string_view path) {
  return const_cast<Node*>(std::as_const(*this).find(path));
}

void Overlay::place(const Entry& entry, const Layer& layer) {
  Node* node = root_.get();
  for (std::string_view path = entry.path; !path.empty();) {
    const auto name = first_component(path);
    if (node->type() != EntryType::kDirectory) {
      node->entry = &implied_directory();
      node->layer = &layer;
    }
    auto& child = node->children[name];
    if (!child) {
      child = std::make_unique<Node>();
      child->entry = &implied_directory();
      child->layer = &layer;
    }
    node = child.get();
    path = after_component(path, name);
  }
  node->entry = &entry;
  node->layer = &layer;
  if (entry.type != EntryType::kDirectory) {
    node->children.clear();
  }
}

Overlay::Resolution Overlay::resolve(std::string_view path) const {
  Resolution resolution;
  Way way;
  way.nodes.push_back(root_.get());
  std::vector<std::string_view> rest = {path};
  int links = 0;
  while (!rest.empty()) {
    const auto name = first_component(rest.back());
    rest.back() = after_component(rest.back(), name);
    if (rest.back().empty()) {
      rest.pop_back();
    }
    if (name.empty() || name == ".") {
      continue;
    }
    if (name == "..") {
      way.up();
      continue;
    }
    const Node* const above = way.exists() ? way.nodes.back() : nullptr;
    if (above != nullptr && above->type() != EntryType::kDirectory) {
      resolution.obstacle = above;
      return resolution;
    }
    const auto child = above == nullptr ? root_->children.end() : above->children.find(name);
    const bool found = above != nullptr && child != above->children.end();
    if (found && child->second->type() == EntryType::kSymlink) {
      const Node* const link = child->second.get();
      resolution.link = resolution.link == nullptr ? link : resolution.link;
      if (++links > kMaxLinks) {
        resolution.obstacle = link;
        return resolution;
      }
      if (link->entry->link_target.starts_with('/')) {
        way = {{root_.get()}, {}};
      }
      rest.emplace_back(link->entry->link_target);
      continue;
    }
    way.names.push_back(name);
    if (found) {
      way.nodes.push_back(child->second.get());
    }
  }
  resolution.path = way.path();
  resolution.node = way.exists() ? way.nodes.back() : nullptr;
  return resolution;
}

}  // namespace gantry::oci
