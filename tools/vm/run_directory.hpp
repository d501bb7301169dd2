#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "base/file.hpp"
#include "base/result.hpp"

namespace gantry::vm {

/// Where the directories of machines are that run for this user.
base::Result<std::filesystem::path> run_root();

/// Where a machine runs, apart from what it leaves: its sockets, whose paths must be short, and its
/// logs. Of its user alone; those of killed processes are removed, and the machines ended that they
/// have left running.
base::Result<base::TempDir> make_run_directory();

/// The parents of run directories and of memory directories.
std::vector<std::filesystem::path> machine_directories();

/// A directory for bytes of a guest's memory: in memory (/dev/shm) if there is room for it, else
/// below fallback.
base::Result<base::TempDir> make_memory_directory(std::uint64_t bytes,
                                                  const std::filesystem::path& fallback);

}  // namespace gantry::vm
