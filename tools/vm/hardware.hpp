#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "vm/guest.hpp"

namespace gantry::vm {

/// What the state of a guest's devices fits: the part of QEMU's command line that its guest sees,
/// with addresses and identities, and the names by which it refers to the host's side.
struct Hardware {
  std::vector<std::string> arguments;
  std::string disk;     ///< node of the block layer; empty: no disk
  std::string network;  ///< netdev; empty: none
  std::string console;  ///< chardev of the serial console
  std::string agent;    ///< chardev of the port of the agent; empty: none
  std::string memory;   ///< object of its memory
};

/// From the whole command line of a QEMU that libvirt has started.
base::Result<Hardware> hardware_of(std::span<const std::string> command_line);

/// The command line of a running process (/proc/PID/cmdline).
base::Result<std::vector<std::string>> command_line_of(int pid);

/// The host's side of a machine that takes up the state of another.
struct Backends {
  std::string name;
  std::filesystem::path memory;  ///< its file
  bool share_memory = false;     ///< write to it; else what the guest writes is its own
  std::vector<Disk> images;      ///< the one that it writes to first, each backed by the next
  std::vector<PortForward> ports;
  int monitor = -1;  ///< listening sockets, inherited
  int console = -1;
  int agent = -1;
};

/// A QEMU that waits for the state of its devices (migrate-incoming).
std::vector<std::string> resuming_command_line(const Guest& guest, const Platform& platform,
                                               const Hardware& hardware, const Backends& backends);

}  // namespace gantry::vm
