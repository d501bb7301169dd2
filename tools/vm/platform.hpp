#pragma once

#include <string>

namespace gantry::vm {

/// What runs a guest: a checkpoint goes on with the same only.
struct Platform {
  std::string accelerator;   ///< "kvm" or "tcg"
  std::string machine;       ///< versioned: "pc-q35-7.2"
  std::string cpu;           ///< a named model, never "host"
  std::string qemu;          ///< the program
  std::string qemu_version;  ///< "7.2.22 (Debian 1:7.2+dfsg-7+deb12u18)"
  /// Of the host's processor, which KVM shows to guests: "AuthenticAMD". Empty under TCG.
  std::string cpu_vendor = {};
};

/// What of it decides the bytes of a checkpoint, one "name=value" a line: a part of its key. Where
/// QEMU is installed is none of that.
std::string key_part(const Platform& platform);

}  // namespace gantry::vm
