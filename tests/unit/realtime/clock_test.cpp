#include "realtime/clock.hpp"

#include <ctime>

#include <sys/prctl.h>

namespace gantry::realtime {
namespace {

Nanos monotonic() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return std::chrono::seconds{time.tv_sec} + Nanos{time.tv_nsec};
}

TEST(MonotonicClock, IsTheHosts) {
  MonotonicClock clock;
  const auto before = monotonic();
  const auto now = clock.now();
  EXPECT_LE(before, now);
  EXPECT_LE(now, monotonic());
}

TEST(MonotonicClock, SleepsNoShorterThanAsked) {
  MonotonicClock clock;
  for (const auto length : {Nanos{1}, Nanos{100'000}, Nanos{3'000'000}}) {
    const auto until = clock.now() + length;
    clock.sleep_until(until);
    EXPECT_GE(monotonic(), until);
  }
}

TEST(MonotonicClock, DoesNotSleepUntilWhatIsPast) {
  MonotonicClock clock;
  const auto before = clock.now();
  clock.sleep_until(Nanos{0});
  EXPECT_LT(clock.now() - before, std::chrono::seconds{1});
}

TEST(MonotonicClock, AsksTheKernelNotToWakeItLate) {
  MonotonicClock clock;
  clock.sleep_until(Nanos{0});
  EXPECT_EQ(prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0), 1);
}

}  // namespace
}  // namespace gantry::realtime
