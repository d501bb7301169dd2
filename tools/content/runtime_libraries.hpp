#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include "base/result.hpp"
#include "content/entry.hpp"
#include "content/path_view.hpp"

namespace gantry::content {

struct RuntimeLibraries {
  /// The libraries and loaders that are missing, with their directories and every symbolic link on
  /// the way to them; owned by root, identified by content.
  Tree tree;
  std::vector<std::filesystem::path> host_files;  ///< that decided it, for a depfile; sorted
};

/// The shared libraries that the programs and libraries of trees need and that neither trees nor
/// what is below have, found on this machine as ld.so(8) finds them: RPATH, RUNPATH, the cache of
/// ldconfig, the default directories; of the same machine and class. They keep their place, but for
/// one that only the cache knows: it goes to a default directory. A library that is nowhere is an
/// error that says who needs it and where was searched. Libraries that a program opens by name at
/// run time are not seen. host: the root of the file system that libraries come from.
base::Result<RuntimeLibraries> find_runtime_libraries(std::span<const Tree> trees,
                                                      const Lookup& below = {},
                                                      const std::filesystem::path& host = "/");

}  // namespace gantry::content
