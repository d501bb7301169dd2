#pragma once

#include <filesystem>
#include <string>

#include "base/result.hpp"
#include "vm/agent/init_settings.hpp"
#include "vm/disk/kernel_modules.hpp"

namespace gantry::vm {

struct InitramfsOptions {
  init::Settings settings;      ///< the modules are added to them
  std::filesystem::path init;   ///< gantry-guest-init
  std::filesystem::path agent;  ///< gantry-guest-agent; of settings.agent
};

/// An initramfs that mounts a disk's ext4 and goes on as the settings say, with those modules of
/// the kernel that it needs for that. The same input gives the same bytes.
base::Result<std::string> make_initramfs(const InitramfsOptions& options,
                                         const ModuleTree& modules);

/// A program that comes with Gantry and runs in guests, beside the one that is running.
base::Result<std::filesystem::path> guest_program(const std::string& name);

}  // namespace gantry::vm
