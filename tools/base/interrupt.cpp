#include "base/interrupt.hpp"

#include <atomic>
#include <csignal>

namespace gantry::base {

namespace {

std::atomic<int> caught{0};

extern "C" void on_signal(int signal) {
  caught.store(signal);
}

}  // namespace

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    sigaction(signal, &action, nullptr);
  }
}

bool interrupted() {
  return caught.load() != 0;
}

void note_interrupt(int signal) {
  caught.store(signal);
}

int interrupt_signal() {
  return caught.load();
}

}  // namespace gantry::base
