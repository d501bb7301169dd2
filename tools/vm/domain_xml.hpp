#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "vm/guest.hpp"
#include "vm/hardware.hpp"
#include "vm/platform.hpp"

namespace gantry::vm {

/// The host's side of a machine that libvirt boots.
struct HostFiles {
  std::vector<std::filesystem::path> disks;  ///< qcow2 images that stand for the guest's
  std::filesystem::path variables;           ///< of the firmware, which writes to them
  std::filesystem::path console;             ///< sockets
  std::filesystem::path agent;
  std::filesystem::path tpm;
  std::vector<std::filesystem::path> drives;  ///< sockets of simulated drives
  std::string name = {};                      ///< of the domain; empty: the guest's
  std::string user = {};  ///< "+UID:+GID" as which QEMU runs; empty: libvirt decides
};

/// What a domain has besides that takes up a saved state (migrate-incoming).
struct GoingOn {
  std::string generation;             ///< what its guest was told (vmgenid); empty: nothing
  std::vector<ImageChain> below;      ///< what each of HostFiles::disks stands on
  std::filesystem::path console_log;  ///< gets what the console says, also while nobody listens
  std::filesystem::path monitor;      ///< a socket of QEMU's, besides libvirt's
};

/// The domain of libvirt that is this guest, with its memory in a file: one that is to be booted,
/// or that goes on and then has it to itself.
std::string domain_xml(const Guest& guest, const Platform& platform, const HostFiles& host,
                       const GoingOn* going_on = nullptr);

}  // namespace gantry::vm
