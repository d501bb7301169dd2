#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "base/result.hpp"
#include "vm/process.hpp"

namespace gantry::vm {

/// The files that a simulated drive is: how it is worn, and its data.
std::string drive_state_file(std::size_t number);
std::string drive_data_file(std::size_t number);

/// The socket of a simulated drive in the directory of a run.
std::filesystem::path drive_socket(const std::filesystem::path& directory, std::size_t number);

/// The version of the program that simulates drives: GANTRY_SSD of the environment, or gantry-ssd
/// beside this program or on PATH. They are of one build, or states may be refused.
base::Result<std::string> simulator_version();

/// Serves the drive that the file description describes, as a block device by NBD, until it is
/// ended. It begins as the copy of that of the same number in the directory before; or new, if that
/// is empty.
base::Result<Process> start_drive(const std::filesystem::path& description, std::size_t number,
                                  const std::filesystem::path& directory,
                                  const std::filesystem::path& before);

/// Ends it, and waits until its files are complete.
base::Result<void> end_drive(Process& drive);

}  // namespace gantry::vm
