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
  std::vector<std::string> disks;   ///< nodes of the block layer
  std::vector<std::string> cdroms;  ///< the same
  std::string firmware_code;        ///< node of the block layer; empty: no flash memory
  std::string firmware_variables;   ///< the same
  std::string tpm;                  ///< chardev of the TPM; empty: none
  std::string network;              ///< netdev; empty: none
  std::string console;              ///< chardev of the serial console
  std::string agent;                ///< chardev of the port of the agent; empty: none
  std::string memory;               ///< object of its memory
};

/// From the whole command line of a QEMU that libvirt has started.
base::Result<Hardware> hardware_of(std::span<const std::string> command_line);

/// Has the kernel of a guest draw new random numbers when it goes on, if the machine has a
/// generation (vmgenid): guid is another than before, or "auto" for one of QEMU's.
void set_generation(std::vector<std::string>& arguments, std::string_view guid);

/// Empty: the machine has none.
std::string generation_of(const Hardware& hardware);

/// The id of the device that its network is at; empty: it has none.
std::string network_device(const Hardware& hardware);

/// The file that is the memory of a machine.
struct MemoryFile {
  std::filesystem::path path;
  std::uint64_t size = 0;
};

/// From the whole command line of a QEMU that libvirt has started.
base::Result<MemoryFile> memory_of(std::span<const std::string> command_line);

/// The command line of a running process (/proc/PID/cmdline).
base::Result<std::vector<std::string>> command_line_of(int pid);

/// The images that are a disk together: the one that is written to first, each backed by the next.
using ImageChain = std::vector<Disk>;

/// As QEMU's programs take it behind "json:": by itself, whatever its images say of each other.
std::string image_chain_json(std::span<const Disk> images);

/// The host's side of a machine that takes up the state of another.
struct Backends {
  std::string name;
  std::filesystem::path memory;  ///< its file
  bool share_memory = false;     ///< write to it; else what the guest writes is its own
  std::vector<ImageChain> disks;
  std::vector<std::filesystem::path> drives;  ///< sockets of simulated drives, after the disks
  std::filesystem::path variables;            ///< of the firmware, which writes to them
  std::filesystem::path tpm;                  ///< socket on which it listens
  std::vector<PortForward> ports;
  int monitor = -1;  ///< listening sockets, inherited
  int console = -1;
  int agent = -1;
  std::filesystem::path console_log;  ///< gets what the console says, also while nobody listens
};

/// A QEMU that waits for the state of its devices (migrate-incoming).
std::vector<std::string> resuming_command_line(const Guest& guest, const Platform& platform,
                                               const Hardware& hardware, const Backends& backends);

}  // namespace gantry::vm
