#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "vm/platform.hpp"

namespace gantry::vm {

/// A port of the guest that is reached at a port of the host's loopback device.
struct PortForward {
  std::uint16_t guest = 0;
  std::uint16_t host = 0;  ///< 0: one that is free
};

struct Disk {
  std::filesystem::path path;
  std::string format = "qcow2";  ///< or "raw"
};

/// The hardware of a guest and what it boots. What the accelerator decides (machine type and CPU)
/// is in Platform.
struct Guest {
  std::string name;
  std::string architecture = "x86_64";
  std::uint64_t memory = std::uint64_t{512} << 20;  ///< bytes
  unsigned cpus = 1;
  std::optional<Disk> disk;
  std::filesystem::path kernel;  ///< empty: the disk's boot loader
  std::filesystem::path initrd;
  std::string command_line;  ///< of the kernel
  std::vector<PortForward> ports;
};

/// Reads a description: the line "gantry-guest 1", then one "key value" a line. Errors name the
/// line; an unknown key is one that names the nearest.
base::Result<Guest> parse_guest(std::string_view text, const std::string& where);

}  // namespace gantry::vm
