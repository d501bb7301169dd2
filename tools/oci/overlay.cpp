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

std::string_view first_component(std::string_view path) {
  return path.substr(0, path.find('/'));
}

std::string_view after_component(std::string_view path, std::string_view component) {
  path.remove_prefix(component.size());
  return path.substr(std::min(path.size(), path.find_first_not_of('/')));
}

/// The first node from first on whose path is not less than path.
template <class Iterator>
Iterator first_not_before(Iterator first, Iterator last, std::string_view path) {
  return std::lower_bound(first, last, path,
                          [](const Overlay::Node& node, std::string_view wanted) {
                            return content::path_less(node.entry->path, wanted);
                          });
}

bool is_below(std::string_view path, std::string_view directory) {
  return directory.empty() ? !path.empty()
                           : path.size() > directory.size() && path.starts_with(directory) &&
                                 path[directory.size()] == '/';
}

}  // namespace

Overlay::Overlay() {
  nodes_.push_back({&implied_directory(""), nullptr});
}

const Entry& Overlay::implied_directory(std::string_view path) {
  Entry& directory = implied_.emplace_back();
  directory.path = path;
  directory.type = EntryType::kDirectory;
  directory.mode = 0755;
  return directory;
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
  merge(added);
  return {};
}

void Overlay::hide(const content::Tree& tree) {
  if (std::none_of(tree.begin(), tree.end(), is_whiteout)) {
    return;
  }
  std::vector<bool> hidden(nodes_.size());
  for (const auto& entry : tree) {
    const Node* const node = is_whiteout(entry) ? find(entry.path) : nullptr;
    if (node == nullptr) {
      continue;
    }
    auto at = static_cast<std::size_t>(node - nodes_.data());
    if (hidden[at]) {
      continue;  // and so is all below it
    }
    hidden[at] = entry.type == EntryType::kWhiteout && at != 0;
    for (++at; at < nodes_.size() && is_below(nodes_[at].entry->path, entry.path); ++at) {
      hidden[at] = true;
    }
  }
  std::size_t kept = 0;
  for (std::size_t at = 0; at < nodes_.size(); ++at) {
    if (!hidden[at]) {
      nodes_[kept++] = nodes_[at];
    }
  }
  nodes_.resize(kept);
}

void Overlay::merge(const Layer& layer) {
  Nodes merged;
  merged.reserve(nodes_.size() + layer.tree.size());
  auto below = nodes_.begin();
  for (const auto& entry : layer.tree) {
    if (is_whiteout(entry)) {
      continue;
    }
    const auto next = first_not_before(below, nodes_.end(), entry.path);
    merged.insert(merged.end(), below, next);
    add_parents(merged, entry.path, layer);
    merged.push_back({&entry, &layer});
    below = next;
    if (below != nodes_.end() && below->entry->path == entry.path) {
      ++below;
    }
    while (entry.type != EntryType::kDirectory && below != nodes_.end() &&
           is_below(below->entry->path, entry.path)) {
      ++below;
    }
  }
  merged.insert(merged.end(), below, nodes_.end());
  nodes_ = std::move(merged);
}

/// Makes what leads to path directories. All nodes come before it.
void Overlay::add_parents(Nodes& nodes, std::string_view path, const Layer& layer) {
  const auto parent = parent_of(path);
  if (parent_of(nodes.back().entry->path) == parent) {
    return;  // a neighbour has it
  }
  const auto found = first_not_before(nodes.begin(), nodes.end(), parent);
  if (found == nodes.end() || found->entry->path != parent) {
    add_parents(nodes, parent, layer);
    nodes.push_back({&implied_directory(parent), &layer});
  } else if (found->type() != EntryType::kDirectory) {
    *found = {&implied_directory(parent), &layer};
  }
}

const Overlay::Node* Overlay::find(std::string_view path) const {
  const auto found = first_not_before(nodes_.begin(), nodes_.end(), path);
  return found != nodes_.end() && found->entry->path == path ? &*found : nullptr;
}

Overlay::Resolution Overlay::resolve(std::string_view path) const {
  Resolution resolution;
  std::string way;  // node is what is there, if anything
  const Node* node = &nodes_.front();
  std::vector<std::string_view> rest = {path};
  // What exists has directories only above it, so a long way is seldom walked.
  if (const Node* const existing = find(path)) {
    if (existing->type() != EntryType::kSymlink) {
      return {std::string(path), existing, nullptr, nullptr};
    }
    way = parent_of(path);
    node = find(way);
    rest = {name_of(path)};
  }
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
      way.resize(parent_of(way).size());
      node = find(way);
      continue;
    }
    if (node != nullptr && node->type() != EntryType::kDirectory) {
      resolution.obstacle = node;
      return resolution;
    }
    const auto length = way.size();
    way.append(way.empty() ? "" : "/").append(name);
    const Node* const child = node == nullptr ? nullptr : find(way);
    if (child == nullptr || child->type() != EntryType::kSymlink) {
      node = child;
      continue;
    }
    resolution.link = resolution.link == nullptr ? child : resolution.link;
    if (++links > kMaxLinks) {
      resolution.obstacle = child;
      return resolution;
    }
    const bool is_absolute = child->entry->link_target.starts_with('/');
    way.resize(is_absolute ? 0 : length);
    node = is_absolute ? &nodes_.front() : node;
    rest.emplace_back(child->entry->link_target);
  }
  resolution.path = std::move(way);
  resolution.node = node;
  return resolution;
}

}  // namespace gantry::oci
