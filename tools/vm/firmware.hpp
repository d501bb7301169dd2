#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "vm/guest.hpp"

namespace gantry::vm {

/// Where distributions say what firmware there is for QEMU (docs/interop/firmware.json of QEMU),
/// the first first.
std::vector<std::filesystem::path> firmware_directories();

/// Finds the firmware that the guest is to have, and the variables that it begins with, if it is to
/// have any. An Error says what is to be installed.
base::Result<void> find_firmware(
    Guest& guest, const std::vector<std::filesystem::path>& directories = firmware_directories());

}  // namespace gantry::vm
