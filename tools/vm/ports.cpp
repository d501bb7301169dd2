#include "vm/ports.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.hpp"

namespace gantry::vm {

using base::Result;

namespace {

constexpr std::chrono::milliseconds kLookAgain{10};

/// Whether it is no connection that the guest knows of: one that it never took, or has closed.
bool is_done(const UserConnection& one) {
  return one.listening() || one.state == "SYN_SENT" || one.state == "TIME_WAIT" ||
         one.state == "CLOSED" || one.state == "NONE";
}

Result<std::string> human_command(Monitor& monitor, const std::string& line) {
  const nlohmann::json arguments{{"command-line", line}};
  GANTRY_TRY(const auto said, monitor.execute("human-monitor-command", arguments.dump()));
  return said.is_string() ? said.get<std::string>() : std::string();
}

std::uint16_t parse_port(std::string_view text) {
  const auto number = base::parse_unsigned(text);
  return number && *number < 65536 ? static_cast<std::uint16_t>(*number) : 0;
}

}  // namespace

std::vector<UserConnection> parse_user_connections(std::string_view listing) {
  std::vector<UserConnection> connections;
  for (const auto line : base::split(listing, '\n')) {
    std::vector<std::string_view> words;
    for (const auto word : base::split(line, ' ')) {
      if (const auto trimmed = base::trim(word); !trimmed.empty()) {
        words.push_back(trimmed);
      }
    }
    // What the guest has opened comes from an address of its own, not from the host's.
    if (words.size() < 6 || !words[0].starts_with("TCP[") || !words[0].ends_with(']') ||
        !words[2].starts_with("127.")) {
      continue;
    }
    connections.push_back({std::string(words[0].substr(4, words[0].size() - 5)),
                           parse_port(words[3]), parse_port(words[5])});
  }
  return connections;
}

Result<std::vector<UserConnection>> user_connections(Monitor& monitor) {
  GANTRY_TRY(const auto listing, human_command(monitor, "info usernet"));
  return parse_user_connections(listing);
}

Result<void> find_ports(std::vector<PortForward>& ports, Monitor& monitor) {
  if (ports.empty()) {
    return {};
  }
  GANTRY_TRY(const auto connections, user_connections(monitor));
  for (const auto& connection : connections) {
    const auto port = std::find_if(ports.begin(), ports.end(), [&](const PortForward& forward) {
      return forward.host == 0 && forward.guest == connection.guest;
    });
    if (connection.listening() && port != ports.end()) {
      port->host = connection.host;
    }
  }
  for (const auto& port : ports) {
    if (port.host == 0) {
      return base::Error{fmt::format("QEMU does not say where port {} of the guest is", port.guest),
                         "", ""};
    }
  }
  return {};
}

Result<void> forward_ports(Machine& machine, const std::vector<PortForward>& ports) {
  for (const auto& port : ports) {
    GANTRY_TRY(const auto said,
               human_command(*machine.monitor,
                             fmt::format("hostfwd_add {} tcp:127.0.0.1:{}-:{}",
                                         machine.hardware.network, port.host, port.guest)));
    if (!base::trim(said).empty()) {
      return base::Error{fmt::format("port {} of the guest cannot be reached from the host: {}",
                                     port.guest, base::printable(base::trim(said))),
                         "", port.host == 0 ? "" : "is that port of the host in use?"};
    }
  }
  machine.ports = ports;
  return find_ports(machine.ports, *machine.monitor);
}

Result<std::uint16_t> find_host_port(const std::vector<PortForward>& ports, std::uint16_t guest) {
  std::vector<std::string> known;
  for (const auto& port : ports) {
    if (port.guest == guest) {
      return port.host;
    }
    known.push_back(std::to_string(port.guest));
  }
  return base::Error{
      fmt::format("port {} of the guest is not one that is reached from the host{}{}", guest,
                  known.empty() ? "" : ": those are ", base::join(known, ", ")),
      "", "add it to the PORTS of the guest"};
}

Result<std::string> wait_until_disconnected(Machine& machine, Deadline deadline) {
  if (machine.ports.empty()) {
    return std::string();
  }
  for (;;) {
    GANTRY_TRY(const auto connections, user_connections(*machine.monitor));
    const auto open = std::find_if_not(connections.begin(), connections.end(), is_done);
    if (open == connections.end()) {
      return std::string();
    }
    const auto next = std::chrono::steady_clock::now() + kLookAgain;
    if (next > deadline) {
      return fmt::format("port {} ({})", open->guest, open->state);
    }
    GANTRY_CHECK(machine.process->rest(next, "waiting for its connections to end"));
  }
}

}  // namespace gantry::vm
