#include "oci/compose.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <fmt/format.h>

#include "base/text.hpp"
#include "oci/conflict.hpp"

namespace gantry::oci {

using content::Entry;
using content::EntryType;
using content::find_entry;
using content::is_whiteout;
using content::name_of;
using content::parent_of;
using content::Tree;

namespace {

std::string below_directory(std::string_view directory, std::string_view name) {
  std::string path(directory);
  path += path.empty() ? "" : "/";
  return path += name;
}

/// A directory that says no more than that it is there.
bool is_plain(const Entry& directory) {
  return directory.mode == 0755 && directory.uid == 0 && directory.gid == 0 &&
         directory.xattrs.empty();
}

/// Leaves what is right already, whose text other parts of the entry may share.
void set_path(base::SharedString& path, std::string_view place) {
  if (path != place) {
    path = place;
  }
}

void copy_attributes(Entry& to, const Entry& from) {
  to.mode = from.mode;
  to.uid = from.uid;
  to.gid = from.gid;
  to.mtime = from.mtime;
  to.xattrs = from.xattrs;
}

/// content::entry_less, and at one path a file before its other names.
bool comes_before(const Entry& a, const Entry& b) {
  if (a.path == b.path && !is_whiteout(a) && !is_whiteout(b)) {
    return a.type != EntryType::kHardLink && b.type == EntryType::kHardLink;
  }
  return content::entry_less(a, b);
}

class Composer {
 public:
  Composer(Overlay& below, Overlay::Layer& layer, std::int64_t epoch)
      : below_(below), layer_(layer), tree_(layer.tree), epoch_(epoch) {}

  base::Result<void> run() {
    GANTRY_CHECK(place_whiteouts());
    GANTRY_CHECK(place_entries());
    if (!std::is_sorted(placed_.begin(), placed_.end(), comes_before)) {
      std::stable_sort(placed_.begin(), placed_.end(), comes_before);
    }
    GANTRY_CHECK(merge_same_paths());
    GANTRY_CHECK(order_hard_links());
    GANTRY_CHECK(add_parents());
    layer_.tree = std::move(placed_);
    return {};
  }

 private:
  base::Result<void> place_whiteouts();
  base::Result<void> place_entries();
  base::Result<std::string> place_directory(Entry& entry);
  base::Result<std::string> place_other(const Entry& entry);
  base::Result<void> check_agreement(const Entry& entry, const Overlay::Node& existing) const;
  base::Result<void> merge_same_paths();
  Entry* linked(const Entry& link);
  base::Result<void> order_hard_links();
  base::Result<void> add_parents();
  Entry parent_entry(std::string_view path) const;

  /// Where the layer's directory path lies in the image.
  base::Result<std::string> directory(std::string_view path);
  base::Result<std::string> moved(std::string_view path) {
    GANTRY_TRY(const auto parent, directory(parent_of(path)));
    return below_directory(parent, name_of(path));
  }

  Overlay& below_;
  Overlay::Layer& layer_;
  Tree& tree_;
  std::int64_t epoch_;
  Tree placed_;
  std::unordered_map<std::string, std::string> directories_;
  std::map<std::string_view, base::SharedString> moved_from_;  // only of paths that changed
};

base::Result<std::string> Composer::directory(std::string_view path) {
  if (path.empty()) {
    return std::string();
  }
  std::string key(path);
  if (const auto known = directories_.find(key); known != directories_.end()) {
    return known->second;
  }
  GANTRY_TRY(auto place, moved(path));
  if (const auto* const existing = below_.find(place)) {
    const auto resolved = below_.resolve(place);
    const bool leads_nowhere = resolved.obstacle == nullptr && resolved.node == nullptr;
    const Entry* const own = leads_nowhere ? find_entry(tree_, resolved.path) : nullptr;
    const bool is_own = own != nullptr && own->type == EntryType::kDirectory;
    Entry upper;
    upper.path = key;
    upper.type = EntryType::kDirectory;
    if (auto conflict = conflict_of_kinds(upper, layer_, existing, resolved); conflict && !is_own) {
      return std::move(*conflict);
    }
    place = resolved.path;
  }
  return directories_.emplace(std::move(key), std::move(place)).first->second;
}

base::Result<void> Composer::place_whiteouts() {
  Tree whiteouts;
  for (const auto& entry : tree_) {
    if (!is_whiteout(entry)) {
      continue;
    }
    auto whiteout = entry;
    const bool opaque = entry.type == EntryType::kOpaqueWhiteout;
    GANTRY_TRY(whiteout.path, opaque ? directory(entry.path) : moved(entry.path));
    if ((opaque || !whiteout.path.empty()) && below_.find(whiteout.path) != nullptr) {
      whiteouts.push_back(std::move(whiteout));
    }
  }
  below_.hide(whiteouts);
  if (!whiteouts.empty()) {
    directories_.clear();  // what they hide may have been a link on the way
  }
  placed_ = std::move(whiteouts);
  return {};
}

/// In place, since there may be very many: but until the last one has its place, directories are
/// looked up in tree_ by the paths that they had.
base::Result<void> Composer::place_entries() {
  struct Move {
    std::size_t entry;
    std::string path;
    std::string link_target;
  };
  std::vector<Move> moves;
  for (std::size_t i = 0; i < tree_.size(); ++i) {
    Entry& entry = tree_[i];
    if (is_whiteout(entry)) {
      continue;
    }
    const bool is_directory = entry.type == EntryType::kDirectory;
    GANTRY_TRY(auto path, is_directory ? place_directory(entry) : place_other(entry));
    std::string target;
    if (entry.type == EntryType::kHardLink) {
      GANTRY_TRY(target, moved(entry.link_target));
    }
    if (entry.path != path || (entry.type == EntryType::kHardLink && entry.link_target != target)) {
      moves.push_back({i, std::move(path), std::move(target)});
    }
  }
  for (auto& [number, path, target] : moves) {
    Entry& entry = tree_[number];
    const auto before = entry.path;
    set_path(entry.path, path);
    if (entry.type == EntryType::kHardLink) {
      set_path(entry.link_target, target);
    }
    if (entry.path != before) {
      moved_from_.emplace(entry.path, before);
    }
  }
  std::erase_if(tree_, [](const Entry& entry) { return is_whiteout(entry) || entry.path.empty(); });
  tree_.insert(tree_.begin(), placed_.begin(), placed_.end());
  placed_ = std::move(tree_);
  return {};
}

/// Where the directory lies in the image. One that says no more than that it is there looks as the
/// one below.
base::Result<std::string> Composer::place_directory(Entry& entry) {
  GANTRY_TRY(auto place, directory(entry.path));
  const auto* const existing = below_.find(place);
  if (existing == nullptr) {
    return place;
  }
  if (is_plain(entry)) {
    copy_attributes(entry, *existing->entry);
  } else if (!is_plain(*existing->entry)) {
    GANTRY_CHECK(check_agreement(entry, *existing));
  }
  return place;
}

base::Result<std::string> Composer::place_other(const Entry& entry) {
  GANTRY_TRY(auto place, moved(entry.path));
  if (const auto* const existing = below_.find(place)) {
    if (auto conflict = conflict_of_kinds(entry, layer_, existing, below_.resolve(place))) {
      return std::move(*conflict);
    }
    GANTRY_CHECK(check_agreement(entry, *existing));
  }
  return place;
}

base::Result<void> Composer::check_agreement(const Entry& entry,
                                             const Overlay::Node& existing) const {
  if (!layer_.exclusive || existing.layer == nullptr || !existing.layer->exclusive) {
    return {};
  }
  const auto what = difference(*existing.entry, existing.layer->tree, entry, tree_);
  if (what.empty()) {
    return {};
  }
  return base::Error{
      fmt::format("'{}' is in {} and in {} with different {}", base::printable(entry.path),
                  existing.layer->name, layer_.name, what),
      "", "install it with one of the two only, or the same in both"};
}

base::Result<void> Composer::merge_same_paths() {
  std::set<std::size_t> dropped;
  std::size_t kept = 0;
  for (std::size_t i = 1; i < placed_.size(); ++i) {
    const Entry& first = placed_[kept];
    const Entry& second = placed_[i];
    if (first.path != second.path ||
        ((is_whiteout(first) || is_whiteout(second)) && first.type != second.type)) {
      kept = i;
      continue;
    }
    if (first.type == EntryType::kDirectory && second.type == EntryType::kDirectory) {
      const auto* const existing = below_.find(first.path);
      const bool says_more = existing == nullptr
                                 ? is_plain(first)
                                 : difference(first, {}, *existing->entry, {}).empty();
      dropped.insert(says_more ? kept : i);
      kept = says_more ? i : kept;
      continue;
    }
    if (const auto what = difference(first, placed_, second, placed_); !what.empty()) {
      const auto from = moved_from_.find(first.path);
      return base::Error{
          fmt::format("'{}' and '{}' in {} are the same place in the image and have different {}",
                      base::printable(first.path),
                      base::printable(from == moved_from_.end() ? first.path : from->second),
                      layer_.name, what),
          "", "a symbolic link in a lower layer leads one to the other: install it once"};
    }
    dropped.insert(i);
  }
  if (!dropped.empty()) {
    Tree merged;
    for (std::size_t i = 0; i < placed_.size(); ++i) {
      if (!dropped.contains(i)) {
        merged.push_back(std::move(placed_[i]));
      }
    }
    placed_ = std::move(merged);
  }
  return {};
}

/// What a hard link is a name of, through other links; null if it is nothing in the layer.
Entry* Composer::linked(const Entry& link) {
  constexpr int kMaxLinks = 40;
  const Entry* target = &link;
  for (int i = 0; i < kMaxLinks && target != nullptr && target->type == EntryType::kHardLink; ++i) {
    target = find_entry(placed_, target->link_target);
  }
  const bool found = target != nullptr && target->type != EntryType::kHardLink &&
                     target->type != EntryType::kDirectory;
  return found ? &placed_[static_cast<std::size_t>(target - placed_.data())] : nullptr;
}

base::Result<void> Composer::order_hard_links() {
  std::map<Entry*, Entry*> first_names;  // of a file that has other names; placed_ is stable here
  std::vector<std::pair<Entry*, Entry*>> links;
  for (auto& entry : placed_) {
    if (entry.type != EntryType::kHardLink) {
      continue;
    }
    Entry* const target = linked(entry);
    if (target == nullptr) {
      return base::Error{
          fmt::format("'{}' in {} is a hard link to '{}', which is no file there",
                      base::printable(entry.path), layer_.name, base::printable(entry.link_target)),
          "", ""};
    }
    if (target->type != EntryType::kFile) {  // two names of a symbolic link are as good as two
      const auto path = entry.path;
      entry = *target;
      entry.path = path;
      continue;
    }
    links.emplace_back(&entry, target);
    auto& first = first_names.emplace(target, target).first->second;
    first = std::min(first, &entry);
  }
  for (const auto& [link, file] : links) {
    link->link_target = first_names.at(file)->path;
  }
  for (const auto& [file, first] : first_names) {
    if (file != first) {
      const auto path = first->path;
      *first = *file;
      first->path = path;
      file->type = EntryType::kHardLink;
      file->link_target = first->path;
      file->size = 0;
      file->source = {};
      file->source_offset = 0;
      file->identity = {};
    }
  }
  return {};
}

Entry Composer::parent_entry(std::string_view path) const {
  Entry entry;
  entry.path = path;
  entry.type = EntryType::kDirectory;
  entry.mode = 0755;
  entry.mtime = epoch_;
  if (const auto* const existing = below_.find(path)) {
    copy_attributes(entry, *existing->entry);
  }
  return entry;
}

base::Result<void> Composer::add_parents() {
  std::unordered_set<std::string_view> present;
  for (const auto& entry : placed_) {
    if (entry.type == EntryType::kDirectory) {
      present.insert(entry.path);
    }
  }
  std::deque<Entry> missing;
  for (const auto& entry : placed_) {
    for (auto parent = parent_of(entry.path); !parent.empty() && !present.contains(parent);
         parent = parent_of(parent)) {
      if (find_entry(placed_, parent) != nullptr) {
        return base::Error{
            fmt::format("'{}' in {} is below '{}', which is no directory there",
                        base::printable(entry.path), layer_.name, base::printable(parent)),
            "", ""};
      }
      missing.push_back(parent_entry(parent));
      present.insert(missing.back().path);
    }
  }
  if (!missing.empty()) {
    placed_.insert(placed_.end(), std::make_move_iterator(missing.begin()),
                   std::make_move_iterator(missing.end()));
    std::stable_sort(placed_.begin(), placed_.end(), comes_before);
  }
  return {};
}

}  // namespace

base::Result<void> compose(Overlay& below, Overlay::Layer layer, std::int64_t source_date_epoch) {
  GANTRY_CHECK(Composer(below, layer, source_date_epoch).run());
  return below.add(std::move(layer));
}

}  // namespace gantry::oci
