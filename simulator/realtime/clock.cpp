#include "realtime/clock.hpp"

#include <cerrno>
#include <climits>
#include <ctime>

#include <linux/futex.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace gantry::realtime {

namespace {

constexpr long kSecond = 1'000'000'000;

/// The kernel wakes a thread up to 50 us late to save energy, unless the thread says otherwise.
void ask_for_exact_timers() {
  thread_local bool has_asked = false;
  if (!has_asked) {
    prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
    has_asked = true;
  }
}

timespec timespec_of(Nanos time) {
  return {.tv_sec = static_cast<time_t>(time.count() / kSecond),
          .tv_nsec = static_cast<long>(time.count() % kSecond)};
}

}  // namespace

void wake(const Bell* bell) {
  syscall(SYS_futex, bell, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
}

Nanos MonotonicClock::now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return std::chrono::seconds{time.tv_sec} + Nanos{time.tv_nsec};
}

void MonotonicClock::sleep_until(Nanos time) {
  ask_for_exact_timers();
  const auto until = timespec_of(time);
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) == EINTR) {
  }
}

void MonotonicClock::sleep_until(Nanos time, Bell& bell) {
  ask_for_exact_timers();
  const auto until = timespec_of(time);
  while (!bell.is_set()) {
    // Its times are those of CLOCK_MONOTONIC, and absolute.
    const auto status = syscall(SYS_futex, &bell.word(), FUTEX_WAIT_BITSET_PRIVATE, 0,
                                time == kNever ? nullptr : &until, nullptr, FUTEX_BITSET_MATCH_ANY);
    if (status != 0 && errno == ETIMEDOUT) {
      return;
    }
  }
}

}  // namespace gantry::realtime
