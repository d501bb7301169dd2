#pragma once

#include <string>

namespace gantry::vm::agent {

/// What tells a guest that was restored from one that was booted again: the kernel's boot ID, and
/// bytes that are in memory alone.
std::string read_boot_id();
std::string draw_nonce();

}  // namespace gantry::vm::agent
