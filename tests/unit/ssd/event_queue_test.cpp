#include "ssd/event_queue.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "ssd/random.hpp"

namespace gantry::ssd {
namespace {

TEST(EventQueue, HasNothingAtFirst) {
  EXPECT_EQ(EventQueue(1).next().time, kNever);
  EXPECT_EQ(EventQueue(100).next().time, kNever);
}

TEST(EventQueue, IsASearchForTheEarliestAndThenTheLowest) {
  for (const std::uint32_t sources : {1U, 2U, 3U, 8U, 33U}) {
    EventQueue queue(sources);
    std::vector<Nanos> times(sources, kNever);
    Random random(sources);
    for (int step = 0; step < 20'000; ++step) {
      const auto source = random.below(sources);
      const auto draw = random.below(12);
      times[source] = draw == 0 ? kNever : Nanos{draw};
      queue.set(source, times[source]);
      const auto first = std::min_element(times.begin(), times.end());
      ASSERT_EQ(queue.next().time, *first);
      ASSERT_EQ(queue.time_of(source), times[source]);
      if (*first != kNever) {
        ASSERT_EQ(queue.next().source, first - times.begin());
      }
    }
  }
}

}  // namespace
}  // namespace gantry::ssd
