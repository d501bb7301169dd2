#include "oci/conflict.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace gantry::oci {

using content::Entry;
using content::EntryType;

namespace {

std::string noun(const Entry& entry) {
  switch (entry.type) {
    case EntryType::kDirectory:
      return "a directory";
    case EntryType::kSymlink:
      return fmt::format("a symbolic link to '{}'", base::printable(entry.link_target));
    case EntryType::kCharDevice:
    case EntryType::kBlockDevice:
      return "a device";
    case EntryType::kFifo:
      return "a named pipe";
    default:
      return "a file";
  }
}

/// What below is, with where its links lead.
std::string noun(const Overlay::Node& existing, const Overlay::Resolution& resolved) {
  auto text = noun(*existing.entry);
  if (existing.type() != EntryType::kSymlink) {
    return text;
  }
  if (resolved.obstacle != nullptr && resolved.obstacle->type() == EntryType::kSymlink) {
    return text + " that leads in a circle";
  }
  return resolved.node != nullptr && resolved.node->type() == EntryType::kDirectory
             ? text + ", a directory"
             : text + " that leads to no directory";
}

std::string layer_name(const Overlay::Node& node) {
  return node.layer == nullptr ? "the image" : node.layer->name;
}

std::string hint_for(const Entry& upper, const Overlay::Node& existing) {
  if (upper.type == EntryType::kDirectory && existing.type() == EntryType::kSymlink) {
    return "install into the directory that the link should lead to, or add that directory to a "
           "lower layer";
  }
  return "install one of them under another name";
}

}  // namespace

std::optional<base::Error> conflict_of_kinds(const Entry& upper, const Overlay::Layer& layer,
                                             const Overlay::Node* existing,
                                             const Overlay::Resolution& resolved) {
  if (existing == nullptr) {
    return std::nullopt;
  }
  const bool below_is_directory =
      resolved.node != nullptr && resolved.node->type() == EntryType::kDirectory;
  const bool replaces_link =
      upper.type == EntryType::kSymlink && existing->type() == EntryType::kSymlink;
  if ((upper.type == EntryType::kDirectory) == below_is_directory || replaces_link) {
    return std::nullopt;
  }
  return base::Error{
      fmt::format("'{}' is {} in {}, but {} in {}", base::printable(upper.path), noun(upper),
                  layer.name, noun(*existing, resolved), layer_name(*existing)),
      "", hint_for(upper, *existing)};
}

const Entry& content_of(const Entry& entry, const content::Tree& tree) {
  if (entry.type != EntryType::kHardLink) {
    return entry;
  }
  const auto* const target = content::find_entry(tree, entry.link_target);
  return target == nullptr ? entry : *target;
}

std::string difference(const Entry& a, const content::Tree& a_tree, const Entry& b,
                       const content::Tree& b_tree) {
  const Entry& x = content_of(a, a_tree);
  const Entry& y = content_of(b, b_tree);
  if (x.type != y.type) {
    return fmt::format("kind ({} and {})", noun(x), noun(y));
  }
  if (x.type == EntryType::kSymlink && x.link_target != y.link_target) {
    return fmt::format("target ('{}' and '{}')", base::printable(x.link_target),
                       base::printable(y.link_target));
  }
  if (x.size != y.size || x.identity != y.identity || x.device_major != y.device_major ||
      x.device_minor != y.device_minor) {
    return "content";
  }
  if (x.mode != y.mode && x.type != EntryType::kSymlink) {
    return fmt::format("mode ({:04o} and {:04o})", x.mode, y.mode);
  }
  if (x.uid != y.uid || x.gid != y.gid) {
    return fmt::format("owner ({}:{} and {}:{})", x.uid, x.gid, y.uid, y.gid);
  }
  return x.xattrs == y.xattrs ? "" : "extended attributes";
}

}  // namespace gantry::oci
