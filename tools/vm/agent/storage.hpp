#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "vm/agent_messages.hpp"

namespace gantry::vm::agent {

/// Writes all that is dirty, and, with trim, tells the block devices what no file system needs.
Synced sync_storage(bool trim);

struct Mount {
  std::string source;
  std::string path;
  bool is_writable = false;
  bool operator==(const Mount&) const = default;
};

/// The lines of /proc/self/mounts.
std::vector<Mount> parse_mounts(std::string_view text);

/// Asks systemd to turn the machine off, or else, after a sync, the kernel: that does not return.
void power_off();

}  // namespace gantry::vm::agent
