#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "base/result.hpp"
#include "vm/stage.hpp"
#include "vm/verification.hpp"

namespace gantry::vm {

/// Stops a machine, and writes what it goes on from to a directory: memory, devices and disk. Its
/// guest writes what is dirty, and trims its disks, if its agent listens. The machine has ended
/// then. The value tells it from one that was booted again; ports: those of the guest's at which
/// somebody may listen.
base::Result<Witness> save_machine(Stage& stage, const std::filesystem::path& directory,
                                   const std::vector<std::uint16_t>& ports);

/// As save_machine(), without a word to its guest: one in which something went wrong.
base::Result<void> save_as_it_is(Machine& machine, const std::filesystem::path& directory);

}  // namespace gantry::vm
