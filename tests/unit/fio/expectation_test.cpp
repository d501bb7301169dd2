#include "fio/tool/expectation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::fio {
namespace {

/// Of two jobs that read, of which one writes.
constexpr const char* kReport = R"({"jobs": [
  {"read": {"total_ios": 10, "iops": 60000.5, "bw_bytes": 1000000000,
            "lat_ns": {"mean": 80000, "min": 59812, "max": 900000},
            "clat_ns": {"percentile": {"99.000000": 296960, "99.900000": 420000}}},
   "write": {"total_ios": 0, "iops": 0, "bw_bytes": 0, "lat_ns": {"mean": 0, "min": 0, "max": 0}},
   "trim": {"total_ios": 0}},
  {"read": {"total_ios": 10, "iops": 50000, "bw_bytes": 500000000,
            "lat_ns": {"mean": 90000, "min": 60000, "max": 800000},
            "clat_ns": {"percentile": {"99.000000": 300032, "99.900000": 410000}}},
   "write": {"total_ios": 5, "iops": 100, "bw_bytes": 409600,
             "lat_ns": {"mean": 610000, "min": 609812, "max": 700000},
             "clat_ns": {"percentile": {"99.000000": 618496}}},
   "trim": {"total_ios": 0}}]})";

std::string verdict(std::string_view text) {
  const auto expectation = parse_expectation(text);
  if (!expectation) {
    return expectation.error().what;
  }
  const auto verdicts = judge({*expectation}, kReport);
  if (!verdicts) {
    return verdicts.error().what;
  }
  return (verdicts->front().holds ? "yes, " : "no, ") + verdicts->front().measured;
}

TEST(Expectation, OfRatesIsOfAllJobs) {
  EXPECT_EQ(verdict("iops>110k"), "yes, 110100.5/s");
  EXPECT_EQ(verdict("read.iops > 0.2M"), "no, 110000.5/s");
  EXPECT_EQ(verdict("write.iops<=100"), "yes, 100.0/s");
  EXPECT_EQ(verdict("bw>=1.5GB/s"), "yes, 1500.410 MB/s");
  EXPECT_EQ(verdict("read.bw<1GiB/s"), "no, 1500.000 MB/s");
}

TEST(Expectation, OfLatenciesIsOfTheWorst) {
  EXPECT_EQ(verdict("read.p99<300us"), "no, 300.032 us");
  EXPECT_EQ(verdict("p99<1ms"), "yes, 618.496 us");
  EXPECT_EQ(verdict("read.p99.9<420us"), "no, 420.000 us");
  EXPECT_EQ(verdict("read.p99.9<=420us"), "yes, 420.000 us");
  EXPECT_EQ(verdict("mean<1ms"), "yes, 610.000 us");
  EXPECT_EQ(verdict("min>=59812ns"), "yes, 59.812 us");
  EXPECT_EQ(verdict("max<0.9ms"), "no, 900.000 us");
}

TEST(Expectation, OfWhatNobodyDidDoesNotHold) {
  EXPECT_EQ(verdict("trim.iops<1"), "no, nothing");
}

TEST(Expectation, OfWhatFioHasNotMeasuredIsAnError) {
  EXPECT_EQ(verdict("read.p42<1s"), "'read.p42<1s': fio has not measured that percentile");
}

TEST(Expectation, ThatIsNoneIsAnError) {
  for (const auto* const text :
       {"", "p99", "<5us", "p99<", "p99<5", "p99<5k", "iops<5us", "p101<5us", "p0<5us", "p<5us",
        "latency<5us", "bw<5", "p99<nan us", "iops<5kk", "p99=5us", "both.iops<5"}) {
    const auto result = parse_expectation(text);
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().what, std::string("'") + text + "' is no expectation");
  }
}

TEST(Expectation, OfAReportThatIsNoneIsAnError) {
  const auto expectation = parse_expectation("iops>1");
  ASSERT_TRUE(expectation);
  for (const auto* const report : {"", "{}", "[]", R"({"jobs": [{}]})", R"({"jobs": [3]})"}) {
    const auto verdicts = judge({*expectation}, report);
    ASSERT_FALSE(verdicts) << report;
    EXPECT_THAT(verdicts.error().what, testing::HasSubstr("fio's report is not what it should be"));
  }
}

}  // namespace
}  // namespace gantry::fio
