#pragma once

#include <filesystem>

#include "base/result.hpp"
#include "vm/stage.hpp"
#include "vm/verification.hpp"

namespace gantry::vm {

/// Stops a machine, and writes what it goes on from to a directory: memory, devices and disk. Its
/// guest writes what is dirty, and trims its disks, if its agent listens. The machine has ended
/// then. The value tells it from one that was booted again.
base::Result<Witness> save_machine(Stage& stage, const std::filesystem::path& directory);

/// As save_machine(), without a word to its guest: one in which something went wrong.
base::Result<void> save_as_it_is(Machine& machine, const std::filesystem::path& directory);

}  // namespace gantry::vm
