#pragma once

#include <filesystem>

#include "oci/platform.hpp"

namespace gantry::runtime {

/// Where the kernel lists the interpreters for foreign programs.
inline constexpr const char* kBinfmtDirectory = "/proc/sys/fs/binfmt_misc";

/// Whether this machine can execute programs for the platform: its own, one that its processor
/// has, too (386 on amd64, arm on arm64), or one that QEMU is registered for in such a way that it
/// also works inside another root.
bool can_execute(const oci::Platform& platform, const oci::Platform& host = oci::Platform::host(),
                 const std::filesystem::path& binfmt = kBinfmtDirectory);

}  // namespace gantry::runtime
