#include "vm/console_reader.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace gantry::vm {

using base::Fd;
using base::Result;

namespace {

void read_until(int stop, Console& console) {
  for (;;) {
    std::array<pollfd, 2> polled{{{stop, POLLIN, 0}, {console.fd(), POLLIN, 0}}};
    if (poll(polled.data(), polled.size(), -1) < 0 && errno != EINTR) {
      return;
    }
    if (polled[0].revents != 0) {
      return;
    }
    // What is wrong with it, its next user will see.
    if (const auto more = console.drain(); !more || !*more) {
      return;
    }
  }
}

}  // namespace

Result<ConsoleReader> ConsoleReader::start(Console& console) {
  Fd stop(eventfd(0, EFD_CLOEXEC));
  if (!stop) {
    return base::errno_error("make", "an eventfd");
  }
  // Signals are for the thread that waits for the guest.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread thread([fd = stop.get(), &console] { read_until(fd, console); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return ConsoleReader(std::move(stop), std::move(thread));
}

ConsoleReader::~ConsoleReader() {
  if (!thread_.joinable()) {
    return;
  }
  const std::uint64_t one = 1;
  static_cast<void>(!write(stop_.get(), &one, sizeof one));
  thread_.join();
}

}  // namespace gantry::vm
