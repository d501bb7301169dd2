#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "base/file.hpp"
#include "base/result.hpp"
#include "vm/deadline.hpp"
#include "vm/machine.hpp"
#include "vm/process.hpp"

namespace gantry::vm {

/// A port of a guest, as it is reached from the host.
///
/// User networking takes a connection to it at once, whether or not the guest does: a connection
/// says nothing until a byte has come, or until the guest's side is known to be open too.
class GuestPort {
 public:
  struct Settings {
    std::uint16_t guest = 0;
    std::uint16_t host = 0;
    /// Whether the guest's side of the newest connection to this port is open.
    std::function<base::Result<bool>()> accepted;
    double timeout_factor = 1;
  };

  /// The process is that of the virtual machine, and must outlive it.
  GuestPort(Process& process, Settings settings)
      : process_(&process), settings_(std::move(settings)) {}

  /// Of a machine, which knows whether the guest's side is open; an Error if it has no such port.
  static base::Result<GuestPort> of(Machine& machine, std::uint16_t guest, double timeout_factor);

  /// Waits until somebody in the guest listens: who has sent a byte, or has left a connection open
  /// for a moment after it was established. Connects again and again.
  base::Result<void> wait_until_listening(Deadline deadline);

  /// Waits until a GET of path is answered with a status of 200 to 399.
  base::Result<void> wait_for_http(const std::string& path, Deadline deadline);

 private:
  /// What came of one connection: nothing to complain of, or why it will not do.
  struct Attempt {
    base::Fd socket;
    std::string complaint;
  };
  using Try = std::function<base::Result<std::string>()>;
  base::Result<void> repeat(const std::string& doing, Deadline deadline, const Try& attempt);
  base::Result<Attempt> connect(const std::string& doing, Deadline deadline);
  base::Result<std::string> listening(const std::string& doing, Deadline deadline);
  base::Result<std::string> get(const std::string& path, const std::string& doing,
                                Deadline deadline);
  std::chrono::milliseconds scaled(std::chrono::milliseconds time) const;

  Process* process_;
  Settings settings_;
};

}  // namespace gantry::vm
