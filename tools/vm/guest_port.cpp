#include "vm/guest_port.hpp"

#include <algorithm>
#include <cerrno>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include "vm/ports.hpp"

namespace gantry::vm {

using base::Fd;
using base::Result;

namespace {

constexpr std::chrono::milliseconds kFirstPause{20};
constexpr std::chrono::milliseconds kLongestPause{250};
constexpr std::chrono::milliseconds kLook{10};
/// A connection that the guest does not take so long is given up for another: the first packets to
/// a guest whose network is not up yet are repeated ever more slowly.
constexpr std::chrono::milliseconds kPatience{1000};
/// Who closes what it has accepted does so at once, if its machine is not busy with others.
constexpr std::chrono::milliseconds kMoment{500};

constexpr const char* kNobody = "nobody in the guest answers";
constexpr const char* kRefused = "its port of the host is closed";
constexpr const char* kClosed = "the connection was closed at once";

/// Empty while it is open and still, or has a byte to read.
std::string closed(int fd) {
  char byte = 0;
  const auto count = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR))) {
    return {};
  }
  return count < 0 && errno == ECONNREFUSED ? kRefused : kClosed;
}

}  // namespace

Result<GuestPort> GuestPort::of(Machine& machine, std::uint16_t guest, double timeout_factor) {
  GANTRY_TRY(const auto host, find_host_port(machine.ports, guest));
  auto* const monitor = machine.monitor.get();
  const auto accepted = [monitor, host]() -> Result<bool> {
    GANTRY_TRY(const auto connections, user_connections(*monitor));
    // The newest is listed first. Those that were given up stay there for a while.
    const auto newest = std::find_if(
        connections.begin(), connections.end(),
        [host](const UserConnection& one) { return one.host == host && !one.listening(); });
    return newest != connections.end() && newest->state == "ESTABLISHED";
  };
  return GuestPort(*machine.process, {guest, host, accepted, timeout_factor});
}

std::chrono::milliseconds GuestPort::scaled(std::chrono::milliseconds time) const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time * settings_.timeout_factor);
}

Result<void> GuestPort::repeat(const std::string& doing, Deadline deadline, const Try& attempt) {
  auto pause = kFirstPause;
  std::string last;
  for (;;) {
    const auto start = std::chrono::steady_clock::now();
    GANTRY_TRY(auto complaint, attempt());
    if (complaint.empty()) {
      return {};
    }
    const auto now = std::chrono::steady_clock::now();
    // One that the deadline cut short knows less than the one before it.
    if (last.empty() || now < deadline || now - start >= scaled(kPatience)) {
      last = std::move(complaint);
    }
    if (now + pause >= deadline) {
      return base::Error{fmt::format("the time is over while {}; {}", doing, last), "", ""};
    }
    GANTRY_CHECK(process_->rest(after(pause), doing));
    pause = std::min(pause * 2, kLongestPause);
  }
}

Result<GuestPort::Attempt> GuestPort::connect(const std::string& doing, Deadline deadline) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(settings_.host);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  Attempt attempt;
  attempt.socket = Fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int fd = attempt.socket.get();
  if (fd < 0) {
    return base::errno_error("make a socket for", "a port of the guest");
  }
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
      errno != EINPROGRESS) {
    attempt.complaint = kRefused;
    return attempt;
  }
  const auto patience = std::min(deadline, after(scaled(kPatience)));
  for (;;) {
    GANTRY_TRY(const bool readable, process_->ready(fd, POLLIN, after(kLook), doing));
    if (readable) {
      attempt.complaint = closed(fd);
      return attempt;
    }
    GANTRY_TRY(const bool accepted, settings_.accepted());
    if (accepted) {
      return attempt;
    }
    if (std::chrono::steady_clock::now() >= patience) {
      attempt.complaint = kNobody;
      return attempt;
    }
  }
}

Result<std::string> GuestPort::listening(const std::string& doing, Deadline deadline) {
  GANTRY_TRY(const auto attempt, connect(doing, deadline));
  if (!attempt.complaint.empty()) {
    return attempt.complaint;
  }
  GANTRY_TRY(const bool readable,
             process_->ready(attempt.socket.get(), POLLIN, after(scaled(kMoment)), doing));
  if (readable) {
    return closed(attempt.socket.get());
  }
  // By now QEMU has taken this connection, and has not told of an older one.
  GANTRY_TRY(const bool accepted, settings_.accepted());
  return accepted ? std::string() : std::string(kNobody);
}

Result<void> GuestPort::wait_until_listening(Deadline deadline) {
  const auto doing =
      fmt::format("waiting for somebody who listens at port {} of the guest", settings_.guest);
  return repeat(doing, deadline, [&] { return listening(doing, deadline); });
}

}  // namespace gantry::vm
