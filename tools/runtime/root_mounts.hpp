#pragma once

#include <filesystem>

#include "base/result.hpp"

namespace gantry::runtime {

/// For a process in a mount and pid namespace of its own: makes root the only file system it sees,
/// with a new /proc (its dangerous parts read-only or hidden, as Docker does), a /dev of the few
/// harmless devices and /dev/shm. No device that is made below root can be opened.
base::Result<void> enter_mounted_root(const std::filesystem::path& root);

/// For a process that may not mount: chroot into root, with the harmless devices made in its /dev
/// if that is allowed.
base::Result<void> enter_plain_root(const std::filesystem::path& root);

}  // namespace gantry::runtime
