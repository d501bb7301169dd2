#include "content/entry.hpp"

#include <algorithm>
#include <string_view>

namespace gantry::content {

bool path_less(std::string_view a, std::string_view b) {
  const auto [x, y] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (x == a.end() || y == b.end()) {
    return y != b.end();
  }
  const auto rank = [](char c) { return c == '/' ? 0 : static_cast<unsigned char>(c) + 1; };
  return rank(*x) < rank(*y);
}

bool entry_less(const Entry& a, const Entry& b) {
  if (a.path != b.path) {
    return path_less(a.path, b.path);
  }
  const auto rank = [](const Entry& entry) {
    return entry.type == EntryType::kWhiteout         ? 0
           : entry.type == EntryType::kOpaqueWhiteout ? 2
                                                      : 1;
  };
  return rank(a) < rank(b);
}

std::string_view parent_of(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
}

std::string_view name_of(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

bool is_whiteout(const Entry& entry) {
  return entry.type == EntryType::kWhiteout || entry.type == EntryType::kOpaqueWhiteout;
}

const Entry* find_entry(const Tree& tree, std::string_view path) {
  auto found = std::lower_bound(
      tree.begin(), tree.end(), path,
      [](const Entry& entry, std::string_view wanted) { return path_less(entry.path, wanted); });
  while (found != tree.end() && found->path == path && is_whiteout(*found)) {
    ++found;
  }
  return found != tree.end() && found->path == path ? &*found : nullptr;
}

bool is_clean_path(std::string_view path) {
  for (;;) {
    const auto slash = path.find('/');
    const auto component = path.substr(0, slash);
    if (component.empty() || component == "." || component == ".." ||
        component.find('\0') != std::string_view::npos) {
      return false;
    }
    if (slash == std::string_view::npos) {
      return true;
    }
    path.remove_prefix(slash + 1);
  }
}

}  // namespace gantry::content
