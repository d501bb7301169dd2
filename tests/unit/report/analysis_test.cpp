#include "report/analysis.hpp"

#include <gtest/gtest.h>

#include "sample.hpp"

namespace gantry::report {
namespace {

TEST(Analysis, FollowsFromTheReportByArithmetic) {
  const auto json = sample_device()["report"];
  const auto analysis = sample_run().analysis;
  EXPECT_EQ(analysis.moved, 785.0 / (785 + 161));
  double sum = 0;
  for (const double share : json["utilization"]["dies"]) {
    sum += share;
  }
  EXPECT_DOUBLE_EQ(analysis.dies.mean, sum / 32);
  EXPECT_DOUBLE_EQ(analysis.mean_latency, (139 * 367514.0 + 161 * 880874.0) / 300);
  ASSERT_EQ(analysis.operations.size(), 2U);
  EXPECT_DOUBLE_EQ(analysis.operations[0].iops + analysis.operations[1].iops, json["iops"]);
  EXPECT_DOUBLE_EQ(
      analysis.operations[0].bytes_per_second + analysis.operations[1].bytes_per_second,
      json["bytes_per_second"]);
  double shares = 0;
  for (const auto share : analysis.shares) {
    shares += share;
  }
  EXPECT_DOUBLE_EQ(shares, 1);
  // The means are rounded down, each by less than a nanosecond.
  EXPECT_NEAR(analysis.shares[4], (34179344.0 + 36066660) / (300 * analysis.mean_latency), 1e-6);
}

// As of a slow channel or link, whose last transfer goes on after the measurement.
TEST(Analysis, NoPartIsBusyForMoreThanTheTime) {
  DeviceReport report;
  report.channels = {1.5, 0.5};
  report.link = 1.025;
  report.operations.resize(1);
  report.operations[0].name = "read";
  report.operations[0].bytes = 300;
  const auto analysis = analyse(report);
  EXPECT_EQ(analysis.channels.most, 1);
  EXPECT_EQ(analysis.channels.mean, 0.75);
  EXPECT_EQ(analysis.link, 1);
}

TEST(Analysis, TheLinkIsJudgedByItsBusierDirection) {
  DeviceReport report;
  report.link = 1.0;
  report.operations.resize(2);
  report.operations[0].name = "read";
  report.operations[0].bytes = 300;
  report.operations[1].name = "write";
  report.operations[1].bytes = 100;
  EXPECT_EQ(analyse(report).link, 0.75);
}

TEST(Analysis, OfNothingIsZero) {
  const auto analysis = analyse({});
  EXPECT_EQ(analysis.dies.mean, 0);
  EXPECT_EQ(analysis.mean_latency, 0);
  EXPECT_EQ(analysis.link, 0);
  EXPECT_EQ(analysis.moved, 0);
}

}  // namespace
}  // namespace gantry::report
