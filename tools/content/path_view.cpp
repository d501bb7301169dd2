#include "content/path_view.hpp"

#include <vector>

#include "base/text.hpp"

namespace gantry::content {

namespace {

constexpr int kMaxLinks = 40;  // as Linux

void push_components(std::vector<std::string>& pending, std::string_view path) {
  const auto parts = base::split(path, '/');
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
    if (!part->empty() && *part != ".") {
      pending.emplace_back(*part);
    }
  }
}

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

bool is_below(std::string_view path, std::string_view directory) {
  return path.size() > directory.size() && path.starts_with(directory) &&
         path[directory.size()] == '/';
}

}  // namespace

PathView::PathView(std::span<const Tree> trees, Lookup below) : below_(std::move(below)) {
  for (const Tree& tree : trees) {
    for (const Entry& entry : tree) {
      if (entry.type == EntryType::kWhiteout) {
        std::erase_if(entries_, [&](const auto& item) {
          return item.first == entry.path || is_below(item.first, entry.path);
        });
        entries_[entry.path] = nullptr;
      } else if (entry.type != EntryType::kOpaqueWhiteout) {
        entries_[entry.path] = &entry;
      }
    }
  }
}

void PathView::add(Entry entry) {
  const Entry& kept = added_.emplace_back(std::move(entry));
  entries_[kept.path] = &kept;
}

const Entry* PathView::find(std::string_view path) const {
  const auto found = entries_.find(path);
  if (found != entries_.end()) {
    return found->second;
  }
  return below_ && !is_hidden(path) ? below_(path) : nullptr;
}

bool PathView::is_hidden(std::string_view path) const {
  for (auto slash = path.find('/'); slash != std::string_view::npos;
       slash = path.find('/', slash + 1)) {
    const auto found = entries_.find(path.substr(0, slash));
    if (found != entries_.end() && found->second == nullptr) {
      return true;
    }
  }
  return false;
}

std::optional<PathView::Resolved> PathView::resolve(std::string_view path) const {
  std::vector<std::string> pending;
  push_components(pending, path);
  Resolved resolved;
  for (int links = 0; !pending.empty();) {
    const std::string component = std::move(pending.back());
    pending.pop_back();
    if (component == "..") {
      resolved.path = parent_of(resolved.path);
      continue;
    }
    const std::string next = resolved.path.empty() ? component : resolved.path + "/" + component;
    const Entry* const entry = find(next);
    if (entry == nullptr || entry->type != EntryType::kSymlink) {
      resolved.path = next;
      continue;
    }
    if (++links > kMaxLinks) {
      return std::nullopt;
    }
    if (entry->link_target.starts_with('/')) {
      resolved.path.clear();
    }
    push_components(pending, entry->link_target);
  }
  resolved.entry = find(resolved.path);
  resolved.is_below = resolved.entry != nullptr && !entries_.contains(resolved.path);
  if (resolved.entry != nullptr && resolved.entry->type == EntryType::kHardLink) {
    resolved.entry = find(resolved.entry->link_target);
  }
  return resolved;
}

}  // namespace gantry::content
