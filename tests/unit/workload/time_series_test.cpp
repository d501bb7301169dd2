#include "workload/time_series.hpp"

#include <gtest/gtest.h>

#include "workload/steady_state.hpp"

namespace gantry::workload {
namespace {

using ssd::Nanos;

ssd::Completion at(std::int64_t time) {
  ssd::Completion completion;
  completion.command.time = Nanos{time - 10};
  completion.command.pages = 2;
  completion.time = Nanos{time};
  return completion;
}

TEST(TimeSeries, PutsWhatEndedIntoItsWindow) {
  TimeSeries series(Nanos{1000}, Nanos{100}, 16);
  ssd::FlashCounters counters;
  series.begin(counters);
  series.record(at(1001), counters);
  series.record(at(1100), counters);
  counters.erases = 3;
  series.record(at(1101), counters);
  series.record(at(1350), counters);
  series.finish(Nanos{1350}, counters);
  ASSERT_EQ(series.windows().size(), 4U);
  EXPECT_EQ(series.windows()[0].reads, 2U);
  EXPECT_EQ(series.windows()[0].pages_read, 4U);
  EXPECT_EQ(series.windows()[0].latency_sum, 20U);
  EXPECT_EQ(series.windows()[0].erases, 3U);
  EXPECT_EQ(series.windows()[1].reads, 1U);
  EXPECT_EQ(series.windows()[2].reads, 0U);
  EXPECT_EQ(series.windows()[3].reads, 1U);
  EXPECT_EQ(series.whole(), 3U);
}

TEST(TimeSeries, JoinsWindowsWhenThereAreTooMany) {
  TimeSeries series(Nanos{0}, Nanos{10}, 8);
  series.begin({});
  for (std::int64_t time = 1; time <= 1000; ++time) {
    series.record(at(time), {});
  }
  series.finish(Nanos{1000}, {});
  EXPECT_EQ(series.length(), Nanos{160});
  ASSERT_EQ(series.windows().size(), 7U);
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(series.windows()[i].reads, 160U) << i;
  }
  EXPECT_EQ(series.windows()[6].reads, 40U);
  EXPECT_EQ(series.whole(), 6U);
}

TEST(TimeSeries, ALongPauseTakesNoMemory) {
  TimeSeries series(Nanos{0}, Nanos{1}, 512);
  series.begin({});
  series.record(at(5), {});
  series.record(at(std::int64_t{86'400} * 1'000'000'000 * 365), {});
  series.finish(Nanos{std::int64_t{86'400} * 1'000'000'000 * 365}, {});
  EXPECT_LE(series.windows().size(), 512U);
  EXPECT_EQ(series.windows().front().reads, 1U);
  EXPECT_EQ(series.windows().back().reads, 1U);
}

SteadyState judge_rates(const std::vector<int>& rates) {
  TimeSeries series(Nanos{0}, Nanos{1000}, 512);
  series.begin({});
  std::int64_t start = 0;
  for (const auto rate : rates) {
    for (int i = 1; i <= rate; ++i) {
      series.record(at(start + i), {});
    }
    start += 1000;
  }
  series.finish(Nanos{start}, {});
  return judge(series);
}

TEST(SteadyState, LooksAtTheSecondHalf) {
  EXPECT_FALSE(judge_rates({100, 100, 100}).is_known);
  EXPECT_TRUE(judge_rates({900, 800, 500, 200, 100, 100, 100, 100, 100, 100}).is_steady());
  const auto falling = judge_rates({9, 9, 9, 9, 9, 120, 110, 100, 90, 80});
  EXPECT_TRUE(falling.is_known);
  EXPECT_FALSE(falling.is_steady());
  EXPECT_DOUBLE_EQ(falling.commands.range, 0.4);
  EXPECT_DOUBLE_EQ(falling.commands.slope, 0.4);
  const auto unsteady = judge_rates({9, 9, 9, 9, 9, 100, 130, 70, 130, 100});
  EXPECT_FALSE(unsteady.is_steady());
  EXPECT_DOUBLE_EQ(unsteady.commands.slope, 0);
}

}  // namespace
}  // namespace gantry::workload
