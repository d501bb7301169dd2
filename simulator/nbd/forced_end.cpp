#include "nbd/forced_end.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <utility>

#include <semaphore.h>

namespace gantry::nbd {

namespace {

struct Signal {
  int number;
  struct sigaction before {};
};
std::array<Signal, 4> signals = {{{SIGINT}, {SIGTERM}, {SIGHUP}, {SIGQUIT}}};

/// What a handler may wake a thread with.
sem_t& told() {
  static sem_t semaphore = [] {
    sem_t made{};
    sem_init(&made, 0, 0);
    return made;
  }();
  return semaphore;
}

void handle(int number, siginfo_t* info, void* context) {
  const int code = errno;
  sem_post(&told());
  for (const auto& signal : signals) {
    if (signal.number != number) {
      continue;
    }
    if ((signal.before.sa_flags & SA_SIGINFO) != 0) {
      signal.before.sa_sigaction(number, info, context);
    } else if (signal.before.sa_handler != SIG_DFL && signal.before.sa_handler != SIG_IGN) {
      signal.before.sa_handler(number);
    }
  }
  errno = code;
}

}  // namespace

ForcedEnd::ForcedEnd(std::chrono::milliseconds grace, std::function<void()> act)
    : act_(std::move(act)) {
  while (sem_trywait(&told()) == 0) {
  }
  for (auto& signal : signals) {
    struct sigaction action {};
    action.sa_flags = SA_RESTART | SA_SIGINFO;
    action.sa_sigaction = handle;
    sigaction(signal.number, nullptr, &signal.before);
    sigaction(signal.number, &action, nullptr);
  }
  thread_ = std::jthread([this, grace] { run(grace); });
}

ForcedEnd::~ForcedEnd() {
  for (auto& signal : signals) {
    sigaction(signal.number, &signal.before, nullptr);
  }
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  changed_.notify_one();
  sem_post(&told());
}

void ForcedEnd::run(std::chrono::milliseconds grace) {
  while (sem_wait(&told()) != 0) {
  }
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, grace, [this] { return is_over_; })) {
    lock.unlock();
    act_();
  }
}

}  // namespace gantry::nbd
