#include "runtime/root_path.hpp"

#include <deque>
#include <string>
#include <system_error>

#include "base/text.hpp"

namespace gantry::runtime {

namespace fs = std::filesystem;

namespace {

constexpr int kMaximumLinks = 40;  // as Linux

void prepend(std::deque<std::string>& names, std::string_view path) {
  const auto parts = base::split(path, '/');
  names.insert(names.begin(), parts.begin(), parts.end());
}

}  // namespace

std::optional<fs::path> find_in_root(const fs::path& root, std::string_view path) {
  std::deque<std::string> names;
  prepend(names, path);
  fs::path inside;  // relative to root, without links
  int links = 0;
  while (!names.empty()) {
    const auto name = std::move(names.front());
    names.pop_front();
    if (name.empty() || name == ".") {
      continue;
    }
    if (name == "..") {
      inside = inside.parent_path();
      continue;
    }
    const auto here = inside / name;
    std::error_code failure;
    const auto status = fs::symlink_status(root / here, failure);
    if (failure || status.type() == fs::file_type::not_found) {
      return std::nullopt;
    }
    if (status.type() != fs::file_type::symlink) {
      inside = here;
      continue;
    }
    const auto target = fs::read_symlink(root / here, failure);
    if (failure || ++links > kMaximumLinks) {
      return std::nullopt;
    }
    inside = target.is_absolute() ? fs::path() : inside;
    prepend(names, target.native());
  }
  return root / inside;
}

}  // namespace gantry::runtime
