#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <sys/types.h>

namespace gantry::vm {

/// A process of a machine whose tool was killed.
struct Orphan {
  pid_t pid = -1;
  std::string program;  ///< the name of its file
};

/// Processes of ours that run in a directory: machines and their servers whose command lines name
/// it (libvirt's QEMU does), and whatever writes what it says to a file in it.
std::vector<Orphan> processes_of(const std::filesystem::path& directory);

/// Ends them (SIGKILL), and waits until they are gone. Returns those that it ended.
std::vector<Orphan> end_processes_of(const std::filesystem::path& directory);

}  // namespace gantry::vm
