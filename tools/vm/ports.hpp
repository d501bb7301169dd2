#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "vm/machine.hpp"
#include "vm/monitor.hpp"

namespace gantry::vm {

/// A TCP connection or listening port of user networking.
struct UserConnection {
  std::string state;        ///< "HOST_FORWARD": it listens for the guest; else as in RFC 793
  std::uint16_t host = 0;   ///< port of the host
  std::uint16_t guest = 0;  ///< port of the guest

  bool listening() const { return state == "HOST_FORWARD"; }
};

/// Those that come in from the host, from what QEMU lists ("info usernet"):
/// "  TCP[HOST_FORWARD]  12  127.0.0.1 34567  10.0.2.15 22 0 0". Other lines are passed over.
std::vector<UserConnection> parse_user_connections(std::string_view listing);

base::Result<std::vector<UserConnection>> user_connections(Monitor& monitor);

/// Fills in the host's ports that QEMU has chosen.
base::Result<void> find_ports(std::vector<PortForward>& ports, Monitor& monitor);

/// Has a running machine forward ports, and fills in machine.ports.
base::Result<void> forward_ports(Machine& machine, const std::vector<PortForward>& ports);

/// The port of the host where a port of the guest is; the Error names those that there are.
base::Result<std::uint16_t> find_host_port(const std::vector<PortForward>& ports,
                                           std::uint16_t guest);

/// Waits until the guest has closed its side of every connection that came through a forwarded
/// port: one that is there when a machine is saved has no other end after that. What is left when
/// the deadline passes: "port 22 (FIN_WAIT_2)"; empty: nothing.
base::Result<std::string> wait_until_disconnected(Machine& machine, Deadline deadline);

}  // namespace gantry::vm
