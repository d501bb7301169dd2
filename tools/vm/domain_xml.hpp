#pragma once

#include <filesystem>
#include <string>

#include "vm/guest.hpp"

namespace gantry::vm {

/// Where a machine's sockets are.
struct Sockets {
  std::filesystem::path console;
  std::filesystem::path agent;
};

/// The domain of libvirt that is this guest, with its memory in a file and a disk that overlay, a
/// qcow2 image, stands for (empty: none).
std::string domain_xml(const Guest& guest, const Platform& platform,
                       const std::filesystem::path& overlay, const Sockets& sockets);

}  // namespace gantry::vm
