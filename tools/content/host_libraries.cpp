#include "content/host_libraries.hpp"

#include <algorithm>
#include <system_error>

#include <fmt/format.h>

#include "base/file.hpp"
#include "base/text.hpp"
#include "content/digest.hpp"

namespace gantry::content {

namespace fs = std::filesystem;

namespace {

constexpr int kMaxLinks = 40;  // as Linux

/// Last component first, so that a link's target can be pushed in front of the rest.
void push_components(std::vector<std::string>& pending, std::string_view path) {
  const auto parts = base::split(path, '/');
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
    if (!part->empty() && *part != ".") {
      pending.emplace_back(*part);
    }
  }
}

std::string read_link(const std::string& path) {
  std::error_code failure;
  return fs::read_symlink(path, failure).native();
}

}  // namespace

HostLibraries::HostLibraries(const fs::path& root) : root_(root.native()) {
  while (root_.ends_with('/')) {
    root_.pop_back();
  }
}

std::optional<struct stat> HostLibraries::status(const std::string& path) const {
  struct stat found {};
  return lstat((root_ + path).c_str(), &found) == 0 ? std::optional(found) : std::nullopt;
}

std::optional<std::string> HostLibraries::resolve(const std::string& path) const {
  std::vector<std::string> pending;
  push_components(pending, path);
  std::string resolved;
  for (int links = 0; !pending.empty();) {
    const std::string component = std::move(pending.back());
    pending.pop_back();
    if (component == "..") {
      resolved.resize(resolved.empty() ? 0 : resolved.rfind('/'));
      continue;
    }
    const std::string next = resolved + "/" + component;
    const auto found = status(next);
    if (!found) {
      return std::nullopt;
    }
    if (!S_ISLNK(found->st_mode)) {
      resolved = next;
      continue;
    }
    if (++links > kMaxLinks) {
      return std::nullopt;
    }
    const std::string target = read_link(root_ + next);
    if (target.starts_with('/')) {
      resolved.clear();
    }
    push_components(pending, target);
  }
  return resolved;
}

const ElfFile* HostLibraries::library_at(const std::string& path, const ElfFile& program) {
  const auto resolved = resolve(path);
  const auto found = resolved ? status(*resolved) : std::nullopt;
  if (!found || !S_ISREG(found->st_mode)) {
    return nullptr;
  }
  auto known = parsed_.find(*resolved);
  if (known == parsed_.end()) {
    // A file that cannot be read or is broken is no candidate; the search goes on as ld.so's does.
    const auto elf = read_elf(root_ + *resolved);
    known = parsed_.emplace(*resolved, elf ? *elf : std::nullopt).first;
  }
  return known->second && can_load(program, *known->second) ? &*known->second : nullptr;
}

std::vector<std::string> HostLibraries::cached(const std::string& name) {
  if (!cache_) {
    const fs::path path = root_ + "/etc/ld.so.cache";
    cache_.emplace();
    // A machine without a usable cache has the default directories still.
    if (const auto bytes = base::read_file(path)) {
      files_read_.insert(path);
      if (auto cache = parse_loader_cache(*bytes)) {
        cache_ = std::move(*cache);
      }
    }
  }
  std::vector<std::string> paths;
  const auto [begin, end] = cache_->equal_range(name);
  for (auto it = begin; it != end; ++it) {
    paths.push_back(it->second.native());
  }
  return paths;
}

base::Result<void> HostLibraries::add(const std::string& path, const std::string& host_path,
                                      const struct stat& status, PathView& view) {
  Entry entry{.path = path,
              .type = S_ISDIR(status.st_mode) ? EntryType::kDirectory : EntryType::kFile,
              .mode = status.st_mode & 07777,
              .mtime = status.st_mtim.tv_sec};
  if (S_ISLNK(status.st_mode)) {
    entry.type = EntryType::kSymlink;
    entry.mode = 0777;
    entry.link_target = read_link(root_ + host_path);
  } else if (S_ISREG(status.st_mode)) {
    entry.size = static_cast<std::uint64_t>(status.st_size);
    const auto source = root_ + host_path;
    entry.source = source;
    GANTRY_TRY(entry.identity, sha256_of_file(source, entry.size));
    files_read_.insert(source);
  }
  tree_.push_back(entry);
  view.add(std::move(entry));
  return {};
}

base::Result<void> HostLibraries::copy(const std::string& path, const std::string& source,
                                       PathView& view) {
  std::vector<std::string> pending;
  push_components(pending, path);
  std::string here;   // in the view, without a leading slash
  std::string there;  // on the host
  for (int links = 0; !pending.empty();) {
    const std::string component = std::move(pending.back());
    pending.pop_back();
    if (component == "..") {
      here.resize(here.rfind('/') == std::string::npos ? 0 : here.rfind('/'));
      there.resize(there.empty() ? 0 : there.rfind('/'));
      continue;
    }
    std::string next = here.empty() ? component : here + "/" + component;
    std::string next_there = there + "/" + component;
    if (pending.empty() && !source.empty()) {
      next_there = source;
    }
    const Entry* const present = view.find(next);
    if (present != nullptr && present->type == EntryType::kSymlink) {
      // The image has its own layout, which wins.
      const auto resolved = view.resolve(next);
      if (!resolved) {
        return base::Error{fmt::format("/{} is a symbolic link that leads to itself", next), "",
                           ""};
      }
      here = resolved->path;
      there = resolve(next_there).value_or(next_there);
      continue;
    }
    auto found = status(next_there);
    if (!found && !pending.empty()) {
      // A directory that the image has, or is to have, and the host has not.
      found.emplace();
      found->st_mode = S_IFDIR | 0755;
    }
    if (!found) {
      return base::errno_error("read", root_ + next_there);
    }
    if (present == nullptr) {
      GANTRY_CHECK(add(next, next_there, *found, view));
      if (S_ISLNK(found->st_mode)) {
        files_read_.insert(root_ + next_there);
        if (++links > kMaxLinks) {
          return base::Error{fmt::format("{} is a symbolic link that leads to itself", next_there),
                             "", ""};
        }
        const std::string target = read_link(root_ + next_there);
        if (target.starts_with('/')) {
          here.clear();
          there.clear();
        }
        push_components(pending, target);
        continue;
      }
    }
    here = std::move(next);
    there = std::move(next_there);
  }
  return {};
}

Tree HostLibraries::take_tree() {
  std::sort(tree_.begin(), tree_.end(), entry_less);
  return std::move(tree_);
}

std::vector<fs::path> HostLibraries::files_read() const {
  return {files_read_.begin(), files_read_.end()};
}

}  // namespace gantry::content
