#pragma once

#include <filesystem>

#include "base/result.hpp"
#include "vm/stage.hpp"
#include "vm/verification.hpp"

namespace gantry::vm {

/// The file that is the memory of a machine which is built (Machine::memory): libvirt names those
/// that it makes in a directory.
base::Result<std::filesystem::path> memory_file(const std::filesystem::path& memory);

/// Stops a machine, and writes what it goes on from to a directory: memory, devices and disk. Its
/// guest writes what is dirty, and trims its disks, if its agent listens. The machine has ended
/// then. The value tells it from one that was booted again.
base::Result<Witness> save_machine(Stage& stage, const std::filesystem::path& directory);

/// As save_machine(), without a word to its guest: one in which something went wrong.
base::Result<void> save_as_it_is(Machine& machine, const std::filesystem::path& directory);

}  // namespace gantry::vm
