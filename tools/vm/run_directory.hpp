#pragma once

#include <cstdint>
#include <filesystem>

#include "base/file.hpp"
#include "base/result.hpp"

namespace gantry::vm {

/// Where a machine runs, apart from what it leaves: its sockets, whose paths must be short, and its
/// logs. Of its user alone; those of killed processes are removed.
base::Result<base::TempDir> make_run_directory();

/// A directory for bytes of a guest's memory: in memory (/dev/shm) if there is room for it, else
/// below fallback.
base::Result<base::TempDir> make_memory_directory(std::uint64_t bytes,
                                                  const std::filesystem::path& fallback);

}  // namespace gantry::vm
