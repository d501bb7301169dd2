#include "realtime/pacer.hpp"

#include <algorithm>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace gantry::realtime {
namespace {

/// Moves on by a fixed step whenever it is looked at, and wakes sleepers late.
class FakeClock final : public Clock {
 public:
  Nanos now() override { return time += look; }
  void sleep_until(Nanos until) override {
    ++sleeps;
    time = std::max(time, until + oversleep);
  }
  void sleep_until(Nanos until, Bell& bell) override {
    if (ring_at <= until && !bell.is_set()) {
      ++sleeps;
      time = std::max(time, ring_at);
      bell.set();
    } else if (!bell.is_set()) {
      sleep_until(until);
    }
  }

  Nanos time{1'000'000'000};
  Nanos look{10};
  Nanos oversleep{0};
  Nanos ring_at = kNever;  // when somebody rings
  int sleeps = 0;
};

TEST(Pacer, CountsTimeFromItsBegin) {
  FakeClock clock;
  Pacer pacer(clock);
  EXPECT_EQ(pacer.now(), Nanos{10});
  clock.time += Nanos{500};
  EXPECT_EQ(pacer.now(), Nanos{520});
}

TEST(Pacer, SharesTheBeginOfAnother) {
  FakeClock clock;
  Pacer pacer(clock, {}, Nanos{999'999'000});
  EXPECT_EQ(pacer.now(), Nanos{1010});
}

TEST(Pacer, IsExactWhenTheHostWakesInTime) {
  FakeClock clock;
  clock.oversleep = Nanos{3000};
  Pacer pacer(clock);
  for (Nanos deadline{100'000}; deadline < Nanos{10'000'000}; deadline += Nanos{100'000}) {
    const auto time = pacer.wait_until(deadline);
    EXPECT_GE(time, deadline);
    EXPECT_LE(time, deadline + clock.look);
  }
  EXPECT_EQ(clock.sleeps, 99);
}

TEST(Pacer, DoesNotSleepForWhatIsNear) {
  FakeClock clock;
  Pacer pacer(clock);
  EXPECT_GE(pacer.wait_until(Nanos{5000}), Nanos{5000});
  EXPECT_EQ(clock.sleeps, 0);
}

TEST(Pacer, ReturnsAtOnceWhenTheDeadlineHasPassed) {
  FakeClock clock;
  Pacer pacer(clock);
  clock.time += Nanos{1'000'000};
  EXPECT_EQ(pacer.wait_until(Nanos{1000}), Nanos{1'000'010});
  EXPECT_EQ(clock.sleeps, 0);
}

TEST(Pacer, LearnsHowLateTheHostWakes) {
  FakeClock clock;
  clock.oversleep = Nanos{30'000};
  Pacer pacer(clock);
  EXPECT_GT(pacer.wait_until(Nanos{1'000'000}), Nanos{1'010'000});
  Nanos deadline{1'000'000};
  for (int sleep = 0; sleep < 20; ++sleep) {
    deadline += Nanos{1'000'000};
    pacer.wait_until(deadline);
  }
  EXPECT_GE(pacer.spin(), Nanos{28'000});
  deadline += Nanos{1'000'000};
  pacer.wait_until(deadline);
  // Then it is exact, but for the few that find out whether the host has got better.
  int exact = 0;
  for (int sleep = 0; sleep < 160; ++sleep) {
    deadline += Nanos{1'000'000};
    exact += pacer.wait_until(deadline) <= deadline + clock.look ? 1 : 0;
  }
  EXPECT_GE(exact, 145);
  clock.oversleep = Nanos{0};
  for (int sleep = 0; sleep < 400; ++sleep) {
    deadline += Nanos{1'000'000};
    pacer.wait_until(deadline);
  }
  EXPECT_LE(pacer.spin(), Nanos{2000});
}

TEST(Pacer, NeverSpinsLongerThanItMay) {
  FakeClock clock;
  clock.oversleep = Nanos{10'000'000};
  Pacer pacer(clock, {.longest_spin = Nanos{20'000}});
  for (Nanos deadline{0}; deadline < Nanos{2'000'000'000}; deadline += Nanos{20'000'000}) {
    pacer.wait_until(deadline);
    EXPECT_LE(pacer.spin(), Nanos{20'000});
  }
  Pacer sleeper(clock, {.longest_spin = Nanos{0}});
  clock.oversleep = Nanos{70};
  EXPECT_EQ(sleeper.wait_until(sleeper.now() + Nanos{500}) - Nanos{500}, Nanos{10 + 70 + 10});
}

TEST(Pacer, CountsWhatWasLateBeyondTheTolerance) {
  FakeClock clock;
  Pacer pacer(clock, {.tolerance = Nanos{10'000}});
  pacer.delivered(Nanos{1000}, Nanos{1000});
  pacer.delivered(Nanos{1000}, Nanos{900});
  pacer.delivered(Nanos{1000}, Nanos{11'000});
  pacer.delivered(Nanos{1000}, Nanos{11'001});
  pacer.delivered(Nanos{1000}, Nanos{30'999});
  const auto punctuality = pacer.punctuality();
  EXPECT_EQ(punctuality.delivered, 5U);
  EXPECT_EQ(punctuality.late, 2U);
  EXPECT_EQ(punctuality.total_lateness, Nanos{50'000});
  EXPECT_EQ(punctuality.mean_lateness(), Nanos{10'000});
  EXPECT_EQ(punctuality.worst_lateness, Nanos{29'999});
  EXPECT_EQ(to_json(punctuality),
            "{\"delivered\": 5, \"late\": 2, \"tolerance_ns\": 10000, \"mean_lateness_ns\": 10000, "
            "\"worst_lateness_ns\": 29999}");
}

TEST(Pacer, HasNoMeanOfNothing) {
  FakeClock clock;
  EXPECT_EQ(Pacer(clock).punctuality().mean_lateness(), Nanos{0});
}

TEST(Pacer, IsEndedByABell) {
  FakeClock clock;
  Pacer pacer(clock);
  Bell bell;
  EXPECT_GE(pacer.wait_until(Nanos{100'000}, bell), Nanos{100'000});
  EXPECT_FALSE(bell.is_set());
  clock.ring_at = clock.time + Nanos{30'000};
  const auto spin = pacer.spin();
  EXPECT_LT(pacer.wait_until(Nanos{200'000}, bell), Nanos{140'000});
  EXPECT_EQ(pacer.spin(), spin) << "a bell says nothing about how late the host wakes";
  EXPECT_LT(pacer.wait_until(Nanos{200'000}, bell), Nanos{140'000}) << "it has rung";
  bell.reset();
  clock.ring_at += Nanos{1'000'000};
  EXPECT_GE(pacer.wait_until(kNever, bell), Nanos{1'000'000});
}

TEST(Pacer, CountsForAllThreads) {
  MonotonicClock clock;
  Pacer pacer(clock);
  std::vector<std::jthread> threads;
  for (int thread = 1; thread <= 4; ++thread) {
    threads.emplace_back([&pacer, thread] {
      for (int time = 0; time < 10'000; ++time) {
        pacer.delivered(Nanos{0}, Nanos{thread * 5000});
      }
    });
  }
  threads.clear();
  const auto punctuality = pacer.punctuality();
  EXPECT_EQ(punctuality.delivered, 40'000U);
  EXPECT_EQ(punctuality.late, 20'000U);
  EXPECT_EQ(punctuality.total_lateness, Nanos{10'000LL * 50'000});
  EXPECT_EQ(punctuality.worst_lateness, Nanos{20'000});
}

TEST(Pacer, IsNeverEarlyOnTheHostsClock) {
  MonotonicClock clock;
  Pacer pacer(clock);
  auto deadline = pacer.now();
  for (int wait = 0; wait < 50; ++wait) {
    deadline += Nanos{200'000};
    EXPECT_GE(pacer.wait_until(deadline), deadline);
    EXPECT_GE(pacer.now(), deadline);
  }
}

}  // namespace
}  // namespace gantry::realtime
