#pragma once

#include <filesystem>

#include "base/result.hpp"
#include "vm/checkpoint.hpp"
#include "vm/machine.hpp"

namespace gantry::vm {

/// Makes a directory that takes a checkpoint up in a container, wherever it lies there: with QEMU,
/// a shell and coreutils, and nothing of Gantry. It has the memory (ram), the state of the devices
/// (devices), each disk in one image, and two programs: start, which goes on with the machine, and
/// healthy. It replaces what was there. An Error: the machine has a TPM, which runs besides QEMU.
base::Result<void> make_container_tree(const Checkpoint& checkpoint, const SavedState& state,
                                       const std::filesystem::path& directory);

}  // namespace gantry::vm
