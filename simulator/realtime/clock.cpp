#include "realtime/clock.hpp"

#include <cerrno>
#include <ctime>

#include <sys/prctl.h>

namespace gantry::realtime {

namespace {

constexpr long kSecond = 1'000'000'000;

/// The kernel wakes a thread up to 50 us late to save energy, unless the thread says otherwise.
void ask_for_exact_timers() {
  thread_local const bool is_done = prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL) == 0;
  static_cast<void>(is_done);
}

}  // namespace

Nanos MonotonicClock::now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return std::chrono::seconds{time.tv_sec} + Nanos{time.tv_nsec};
}

void MonotonicClock::sleep_until(Nanos time) {
  ask_for_exact_timers();
  const timespec until{.tv_sec = static_cast<time_t>(time.count() / kSecond),
                       .tv_nsec = static_cast<long>(time.count() % kSecond)};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) == EINTR) {
  }
}

}  // namespace gantry::realtime
