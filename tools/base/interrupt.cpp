#include "base/interrupt.hpp"

#include <atomic>
#include <csignal>
#include <cstdint>
#include <ctime>

#include <sys/prctl.h>
#include <unistd.h>

namespace gantry::base {

namespace {

std::atomic<int> caught{0};
std::atomic<std::int64_t> caught_at{0};

/// timeout(1) and shells send one to a process and to its group: that is one wish, said twice.
constexpr std::int64_t kSameWish = 200'000'000;  // nanoseconds

std::int64_t now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

extern "C" void on_signal(int number) {
  if (caught.load() == 0) {
    caught_at.store(now());
    caught.store(number);
  } else if (now() - caught_at.load() > kSameWish) {
    signal(number, SIG_DFL);
    raise(number);  // as soon as this handler has returned
  }
}

std::atomic<pid_t> parent{0};

/// Linux sends it when the thread that started us ends, too.
extern "C" void on_parent_signal(int /*signal*/) {
  if (getppid() != parent.load()) {
    caught.store(SIGHUP);
  }
}

}  // namespace

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    sigaction(signal, &action, nullptr);
  }
}

void stop_with_parent() {
  parent.store(getppid());
  struct sigaction action {};
  action.sa_handler = on_parent_signal;
  sigaction(SIGRTMIN, &action, nullptr);
  prctl(PR_SET_PDEATHSIG, SIGRTMIN);
  if (getppid() != parent.load()) {
    caught.store(SIGHUP);
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
