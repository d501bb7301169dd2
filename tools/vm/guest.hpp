#pragma once

#include <cstdint>
#include <filesystem>
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

/// A directory of the host that the guest sees, by 9p, while it is not saved.
struct Share {
  std::string name;                 ///< its tag; the guest has it at /mnt/NAME
  std::filesystem::path directory;  ///< absolute
  bool writable = false;
};

enum class FirmwareKind {
  kBios,  ///< what QEMU itself has; on arm64: none
  kUefi,
  kUefiSecure,  ///< boots only what Microsoft's keys have signed
};

/// "bios", "uefi", "uefi-secure".
std::string_view name_of(FirmwareKind kind);
base::Result<FirmwareKind> parse_firmware(std::string_view text);

/// The hardware of a guest and what it boots. What the accelerator decides (machine type and CPU)
/// is in Platform.
struct Guest {
  std::string name;
  std::string architecture = "x86_64";
  std::uint64_t memory = std::uint64_t{512} << 20;  ///< bytes
  unsigned cpus = 1;
  std::vector<Disk> disks;  ///< vda, vdb and so on of the guest, which boots from the first
  std::vector<std::filesystem::path> cdroms;  ///< sr0 and so on: ISO images, which stay as they are
  std::filesystem::path kernel;               ///< empty: the disk's boot loader
  std::filesystem::path initrd;
  std::string command_line;  ///< of the kernel
  std::vector<PortForward> ports;
  std::vector<std::filesystem::path> devices;  ///< simulated drives, after the disks: descriptions
  std::string simulator;                       ///< version of what simulates them
  std::vector<Share> shares;
  FirmwareKind firmware = FirmwareKind::kBios;
  std::filesystem::path firmware_code;       ///< found by find_firmware
  std::filesystem::path firmware_variables;  ///< what it begins with
  bool tpm = false;                          ///< a TPM 2.0
  bool vga = false;  ///< a screen, with a tablet; there is always a PS/2 keyboard
};

/// The files of the host that it is made of. What it shares is not: that may change.
std::vector<std::filesystem::path*> files_of(Guest& guest);

/// Reads "NAME=DIRECTORY" or "NAME=DIRECTORY:rw".
base::Result<Share> parse_share(std::string_view text);

/// Reads a description: the line "gantry-guest 1", then one "key value" a line. Errors name the
/// line; an unknown key is one that names the nearest.
base::Result<Guest> parse_guest(std::string_view text, const std::string& where);

}  // namespace gantry::vm
