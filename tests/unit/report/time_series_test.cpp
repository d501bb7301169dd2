#include "report/time_series.hpp"

#include <gtest/gtest.h>

#include "sample.hpp"

namespace gantry::report {
namespace {

constexpr const char* kHeader =
    "time_ns,reads,writes,others,bytes_read,bytes_written,mean_latency_ns,max_latency_ns,"
    "host_pages,moved_pages,erases\n";

std::string refusal(const std::string& rows, std::uint64_t begin = 0) {
  const auto series = parse_time_series(kHeader + rows, begin, "s.csv");
  return series ? "" : series.error().where + ": " + series.error().what;
}

TEST(TimeSeries, IsReadFromWhatTheProgramWrites) {
  const auto series = parse_time_series(sample("series.csv"), 0, "series.csv").value();
  ASSERT_EQ(series.size(), 308U);
  EXPECT_EQ(series[0].begin, 0);
  EXPECT_EQ(series[0].end, 80000);
  EXPECT_EQ(series[1].begin, 80000);
  double commands = 0;
  for (const auto& window : series) {
    commands += window.commands();
  }
  EXPECT_EQ(commands, 300);
}

TEST(TimeSeries, MistakesAreNamedByLineAndColumn) {
  EXPECT_EQ(refusal("10,1,2,3,4,5,6,7,8,9,10\n"), "");
  EXPECT_EQ(refusal("10,1,2,3,4,5,6,7,8,9,10\r\n"), "");
  EXPECT_EQ(refusal("10,1\n"), "s.csv:2: 2 columns, and there must be 11");
  EXPECT_EQ(refusal("10,1,-2,3,4,5,6,7,8,9,10\n"),
            "s.csv:2: writes must be a whole number from 0, and is \"-2\"");
  EXPECT_EQ(refusal("10,1,nan,3,4,5,6,7,8,9,10\n"),
            "s.csv:2: writes must be a whole number from 0, and is \"nan\"");
  EXPECT_EQ(refusal("10,1,2,3,4,5,6,7,8,9,10\n10,1,2,3,4,5,6,7,8,9,10\n"),
            "s.csv:3: time_ns must be later than the row before it, or than the begin of the "
            "measurement");
  EXPECT_EQ(refusal("10,1,2,3,4,5,6,7,8,9,10\n", 10),
            "s.csv:2: time_ns must be later than the row before it, or than the begin of the "
            "measurement");
  const auto other = parse_time_series("a,b\n1,2\n", 0, "s.csv");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().where, "s.csv:1");
  EXPECT_EQ(other.error().hint, "see --csv of gantry ssd run");
}

TEST(TimeSeries, CoarsenedKeepsSumsAndMeans) {
  TimeSeries series;
  for (int at = 0; at < 5; ++at) {
    Window window;
    window.begin = at;
    window.end = at + 1;
    window.reads = at;
    window.mean_latency = 10 * at;
    window.max_latency = 100 - at;
    window.moved_pages = 1;
    series.push_back(window);
  }
  const auto joined = coarsened(series, 3);
  ASSERT_EQ(joined.size(), 3U);
  EXPECT_EQ(joined[1].begin, 2);
  EXPECT_EQ(joined[1].end, 4);
  EXPECT_EQ(joined[1].reads, 5);
  EXPECT_EQ(joined[1].mean_latency, (2 * 20 + 3 * 30) / 5.0);
  EXPECT_EQ(joined[1].max_latency, 98);
  EXPECT_EQ(joined[2].moved_pages, 1);
  EXPECT_EQ(coarsened(series, 9).size(), 5U);
  EXPECT_TRUE(coarsened({}, 3).empty());
}

}  // namespace
}  // namespace gantry::report
