#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <sys/stat.h>

#include "base/result.hpp"
#include "content/elf.hpp"
#include "content/loader.hpp"
#include "content/path_view.hpp"

namespace gantry::content {

/// The libraries of a file system (this machine's, or a sysroot's), and the copying of them with
/// their directories and links into a tree. Paths are absolute within it.
class HostLibraries {
 public:
  explicit HostLibraries(const std::filesystem::path& root);

  /// The path with all links followed inside the root, if it exists.
  std::optional<std::string> resolve(const std::string& path) const;

  /// A library at the path that a process of program could load, or nothing.
  const ElfFile* library_at(const std::string& path, const ElfFile& program);

  /// What the cache of ldconfig has for a name, best first.
  std::vector<std::string> cached(const std::string& name);

  /// Puts the file at path into the view with every directory and link on its way; where the view
  /// has other links, it goes where those lead. source: another file to take its content from
  /// (may be empty).
  base::Result<void> copy(const std::string& path, const std::string& source, PathView& view);

  /// Everything that copy() added, sorted, and what of the file system was looked at.
  Tree take_tree();
  std::vector<std::filesystem::path> files_read() const;

 private:
  std::optional<struct stat> status(const std::string& path) const;
  base::Result<void> add(const std::string& path, const std::string& host_path,
                         const struct stat& status, PathView& view);

  std::string root_;  ///< without a trailing slash
  std::map<std::string, std::optional<ElfFile>> parsed_;
  std::optional<LoaderCache> cache_;
  Tree tree_;
  std::set<std::filesystem::path> files_read_;
};

}  // namespace gantry::content
