#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "vm/guest.hpp"

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

/// The domain of libvirt that is this guest, with its memory in a file.
std::string domain_xml(const Guest& guest, const Platform& platform, const HostFiles& host);

}  // namespace gantry::vm
