#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <cstring>
#include <optional>
#include <string_view>

#include <fcntl.h>
#include <sched.h>
#include <sys/syscall.h>

#include "vm/agent/port.hpp"
#include "vm/agent/server.hpp"
#include "vm/agent_protocol.hpp"

namespace {

using gantry::vm::agent::Port;

constexpr std::string_view kUsage =
    "usage: gantry-guest-agent [--name NAME | --port PATH | --fd NUMBER]\n"
    "Does in a virtual machine what the host asks for: commands, files, identity, sync.\n"
    "  --name NAME    the virtio-serial port of this name; gantry.agent.0 without an option\n"
    "  --port PATH    a device\n"
    "  --fd NUMBER    a connected socket\n";

/// Commands inherit the standard streams' numbers alone, whatever we were started with.
void close_all_but(int kept) {
  constexpr unsigned kFirst = STDERR_FILENO + 1;
  const auto close_from = [](unsigned first, unsigned last) {
    if (first <= last && syscall(SYS_close_range, first, last, 0) != 0) {
      for (unsigned fd = first; fd <= std::min(last, 1024U); ++fd) {  // before Linux 5.9
        close(static_cast<int>(fd));
      }
    }
  };
  const auto number = static_cast<unsigned>(std::max(kept, STDERR_FILENO));
  close_from(kFirst, number - 1);
  close_from(number + 1, ~0U);
}

/// Whatever we open later gets another number.
void occupy_standard_streams() {
  int fd = 0;
  do {
    fd = open("/dev/null", O_RDWR);
  } while (fd >= 0 && fd <= STDERR_FILENO);
  if (fd >= 0) {
    close(fd);
  }
}

std::optional<int> parse_fd(std::string_view text) {
  int fd = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), fd);
  if (error != std::errc() || end != text.data() + text.size() || fcntl(fd, F_GETFD) < 0) {
    return std::nullopt;
  }
  return fd;
}

std::optional<Port> open_port(std::string_view option, const char* value) {
  const auto fd = option == "--fd" ? parse_fd(value) : std::nullopt;
  close_all_but(fd.value_or(STDERR_FILENO));
  if (option == "--name") {
    return Port::named(value);
  }
  if (option == "--port") {
    return Port::at(value);
  }
  if (fd) {
    return Port::on(*fd);
  }
  return std::nullopt;
}

/// What wakes up when a guest goes on, or gets another clock or name, would keep the host waiting.
/// Commands run as others do. Where that is not allowed, they wait.
void go_first() {
  sched_param parameters{};
  parameters.sched_priority = 1;
  static_cast<void>(sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &parameters));
}

}  // namespace

int main(int argc, char** argv) {
  occupy_standard_streams();
  std::array<const char*, 2> option{"--name", gantry::vm::agent::kPortName.data()};
  if (argc == 3) {
    option = {argv[1], argv[2]};
  }
  struct sigaction action {};
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, nullptr);
  if (std::string_view(option[0]) != "--fd") {
    go_first();
  }
  auto port = argc == 1 || argc == 3 ? open_port(option[0], option[1]) : std::nullopt;
  if (!port) {
    static_cast<void>(!write(STDERR_FILENO, kUsage.data(), kUsage.size()));
    return 2;
  }
  gantry::vm::agent::Server(*std::move(port)).run();
  return 0;
}
