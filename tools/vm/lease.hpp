#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>

#include "base/file.hpp"
#include "base/result.hpp"

namespace gantry::vm {

/// Locks (flock) on files and directories that may be removed by whoever gets one for itself. They
/// last as long as this object or the process, however it ends.
class Leases {
 public:
  /// Shares path, so that it stays. False: it is not there, or not any more.
  base::Result<bool> share(const std::filesystem::path& path);

  /// Makes path, a file to lock, and has it alone. Waits for the process that has it, and calls
  /// waiting once if there is one.
  base::Result<void> reserve(const std::filesystem::path& path,
                             const std::function<void()>& waiting);

  /// A lock on something that nobody has. Nothing: somebody has, or it is not there.
  static std::optional<base::Fd> try_reserve(const std::filesystem::path& path);

 private:
  std::map<std::filesystem::path, base::Fd> held_;
};

}  // namespace gantry::vm
