#pragma once

#include <filesystem>
#include <string>

#include "base/result.hpp"
#include "content/entry.hpp"
#include "content/scan.hpp"

namespace gantry::vm {

/// A directory of the host that a guest gets a copy of.
struct HostTree {
  /// Those of more names or bytes are refused: nobody means to copy them.
  static constexpr std::size_t kMostEntries = 200'000;
  static constexpr std::uint64_t kMostBytes = std::uint64_t{16} << 30;

  std::filesystem::path root;
  unsigned mode = 0755;   ///< of root
  content::Tree entries;  ///< files, directories and symbolic links; hard links are files

  /// Modes lose what group and others may write, so that a copy does not depend on the umask of who
  /// has made the files. Errors name the file: a device, a pipe or a socket, one that cannot be
  /// read, and the directory if it holds too much.
  static base::Result<HostTree> read(const std::filesystem::path& root, content::Identify identify);
};

/// Stands for all that a copy gets: names, kinds, modes, contents and what links say.
base::Result<std::string> key_of_tree(const std::filesystem::path& root);

/// What a build has to look at to know that a copy would be another one: the directories, in which
/// names come and go, and the files.
base::Result<std::vector<std::filesystem::path>> inputs_of_tree(const std::filesystem::path& root);

}  // namespace gantry::vm
