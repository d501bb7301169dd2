#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "vm/platform.hpp"

namespace gantry::vm {

/// What came of running a guest under one accelerator.
struct Trial {
  enum class Verdict { kUsable, kUnusable, kNotProbed };
  std::string accelerator;  ///< "kvm" or "tcg"
  Verdict verdict = Verdict::kNotProbed;
  std::string reason;                 ///< a sentence: what it did, or what is wrong
  std::string hint;                   ///< what to do about it; may be empty
  std::chrono::microseconds loop{0};  ///< that the guest's loop takes here; 0 unless usable
  std::string cpu = {};               ///< the model that it shows, in QEMU's words: "Nehalem"
};

/// What runs guests of an architecture on this machine, and what does not.
struct AcceleratorReport {
  std::string architecture;
  std::string qemu;           ///< the program
  std::string qemu_version;   ///< "7.2.22 (Debian 1:7.2+dfsg-7+deb12u18)"
  std::string machine;        ///< what the alias of the newest one stands for: "pc-q35-7.2"
  std::string cpu_vendor;     ///< of this machine's processor: "AuthenticAMD"
  std::vector<Trial> trials;  ///< the preferred accelerator first
  bool cached = false;        ///< no QEMU was started
  std::string not_kept;       ///< why the cache does not have it now; empty: it has

  /// The first usable one; null if there is none.
  const Trial* chosen() const;
};

struct ProbeOptions {
  std::string architecture = "x86_64";
  std::string qemu;  ///< name or path; empty: qemu-system-<architecture>
  std::filesystem::path kvm = "/dev/kvm";
  /// For the guests to end: two seconds in all leave the rest to start and stop QEMU. If it is over
  /// and none has, the machine is busy, and all get patience more.
  std::chrono::milliseconds limit{1500};
  std::chrono::milliseconds patience{10'000};
  std::optional<std::filesystem::path> cache;  ///< a directory; nothing: none is read or written
  /// The guest to run; nothing: the one that is in the program, if it could be built.
  std::optional<std::span<const std::byte>> kernel;
};

/// Runs a small 64-bit guest under every accelerator at the same time. That there is no QEMU, and
/// that a signal told us to stop, are Errors; that no accelerator works is not. A verdict is kept
/// until the next boot, or until the kernel, QEMU or the access to KVM changes.
base::Result<AcceleratorReport> probe_accelerators(const ProbeOptions& options);

/// The platform of the accelerator that is wanted; empty: of the chosen one. An Error says why it
/// is not usable. One that was not probed has to be asked for by its name.
base::Result<Platform> platform_of(const AcceleratorReport& report, std::string_view wanted = {});

/// By which waits are multiplied on this machine. 1: it runs guests at least as fast as the
/// reference, one core of an AMD EPYC server emulating them (TCG), for which the waits in
/// descriptions are meant; at most 20.
double timeout_factor(const AcceleratorReport& report, std::string_view accelerator);

}  // namespace gantry::vm
