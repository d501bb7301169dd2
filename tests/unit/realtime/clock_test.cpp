#include "realtime/clock.hpp"

#include <ctime>
#include <thread>

#include <gtest/gtest.h>
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

TEST(MonotonicClock, SleepsUntilItsTimeIfNoBellRings) {
  MonotonicClock clock;
  Bell bell;
  const auto until = clock.now() + Nanos{2'000'000};
  clock.sleep_until(until, bell);
  EXPECT_GE(monotonic(), until);
}

TEST(MonotonicClock, IsWokenByABellOfAnotherThread) {
  MonotonicClock clock;
  for (const auto until : {kNever, clock.now() + std::chrono::seconds{100}}) {
    Bell bell;
    const auto begin = clock.now();
    std::jthread ringer([&] {
      clock.sleep_until(begin + Nanos{3'000'000});
      bell.set();
      wake(&bell);
    });
    clock.sleep_until(until, bell);
    EXPECT_TRUE(bell.is_set());
    EXPECT_GE(clock.now() - begin, Nanos{3'000'000});
    EXPECT_LT(clock.now() - begin, std::chrono::seconds{50});
    clock.sleep_until(kNever, bell);
  }
}

TEST(Bell, RingsForTheLastTimeOnce) {
  Bell bell;
  EXPECT_FALSE(bell.is_set());
  bell.set();
  EXPECT_TRUE(bell.is_set());
  EXPECT_FALSE(bell.is_last());
  bell.set_last();
  EXPECT_TRUE(bell.is_set());
  EXPECT_TRUE(bell.is_last());
  MonotonicClock().sleep_until(kNever, bell);
  bell.reset();
  EXPECT_FALSE(bell.is_set());
}

TEST(MonotonicClock, AsksTheKernelNotToWakeItLate) {
  MonotonicClock clock;
  clock.sleep_until(Nanos{0});
  EXPECT_EQ(prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0), 1);
}

}  // namespace
}  // namespace gantry::realtime
