#include "report/finding.hpp"

#include <gtest/gtest.h>

namespace gantry::report {
namespace {

/// A report of four dies and two channels, whose parts' times are of 100.
DeviceReport report_of(std::vector<double> dies, std::vector<double> channels, double link,
                       const Parts& parts) {
  DeviceReport report;
  report.commands = 10;
  report.time = 1'000'000;
  report.dies = std::move(dies);
  report.channels = std::move(channels);
  report.link = link;
  report.operations = {{"read", 10, 40960, {}, parts}};
  return report;
}

Finding judged(const DeviceReport& report) {
  return find_limit(report, analyse(report));
}

TEST(Finding, BusyDies) {
  const auto finding =
      judged(report_of({0.9, 0.94, 0.91, 0.93}, {0.3, 0.3}, 0.1, {0, 0, 39, 61, 0, 0}));
  EXPECT_EQ(finding.limit, "dies");
  EXPECT_EQ(finding.sentence,
            "The dies limit this drive: 92.0 % busy on average, and 61.0 % of the mean latency is "
            "waiting for a die and its work.");
}

TEST(Finding, BusyDiesOfWhichGarbageCollectionTakesMost) {
  auto report = report_of({0.9, 0.9, 0.9, 0.9}, {0.1, 0.1}, 0.1, {0, 0, 2, 38, 60, 0});
  report.flash.host_pages = 100;
  report.flash.moved_pages = 300;
  report.write_amplification = 4;
  const auto finding = judged(report);
  EXPECT_EQ(finding.limit, "garbage collection");
  EXPECT_EQ(finding.sentence,
            "Garbage collection limits this drive: the dies are 90.0 % busy on average, 75.0 % of "
            "the pages put into flash are those that it moves (write amplification 4.000), and "
            "60.0 % of the mean latency is waiting for it.");
}

TEST(Finding, BusyChannels) {
  const auto finding =
      judged(report_of({0.5, 0.5, 0.5, 0.5}, {0.97, 0.99}, 0.1, {0, 0, 80, 20, 0, 0}));
  EXPECT_EQ(finding.limit, "channels");
  EXPECT_EQ(finding.sentence,
            "The channels limit this drive: 98.0 % busy on average, and 80.0 % of the mean latency "
            "is waiting for a channel and on it.");
}

TEST(Finding, ABusyLink) {
  const auto finding =
      judged(report_of({0.5, 0.5, 0.5, 0.5}, {0.5, 0.5}, 0.99, {0, 0, 10, 10, 0, 80}));
  EXPECT_EQ(finding.limit, "link");
  EXPECT_EQ(finding.sentence,
            "The link to the host limits this drive: 99.0 % busy, and 80.0 % of the mean latency "
            "is waiting for the link and on it.");
}

TEST(Finding, OneBusyDie) {
  const auto finding =
      judged(report_of({0.99, 0.2, 0.2, 0.2}, {0.2, 0.1}, 0.1, {0, 0, 10, 90, 0, 0}));
  EXPECT_EQ(finding.limit, "one die");
  EXPECT_EQ(finding.sentence,
            "A single die limits this drive: the busiest is 99.0 % busy, while the dies are 39.8 % "
            "busy on average: the load is uneven.");
}

TEST(Finding, TheController) {
  const auto finding =
      judged(report_of({0.3, 0.3, 0.3, 0.3}, {0.2, 0.1}, 0.1, {70, 0, 10, 20, 0, 0}));
  EXPECT_EQ(finding.limit, "controller");
  EXPECT_EQ(finding.sentence,
            "The controller limits this drive: 70.0 % of the mean latency is waiting for it to "
            "take a command up and its work, while the dies, the busiest part behind it, are 30.0 "
            "% busy.");
}

TEST(Finding, NothingSaturated) {
  const auto finding =
      judged(report_of({0.6, 0.6, 0.6, 0.6}, {0.2, 0.1}, 0.1, {0, 0, 10, 90, 0, 0}));
  EXPECT_EQ(finding.limit, "dies");
  EXPECT_EQ(finding.sentence,
            "The dies come closest to limiting this drive: 60.0 % busy on average, and 90.0 % of "
            "the mean latency is waiting for a die and its work. No part is saturated: more "
            "commands at a time would give more of them.");
}

TEST(Finding, AnIdleDrive) {
  const auto finding =
      judged(report_of({0.03, 0.03, 0.03, 0.03}, {0.01, 0.01}, 0.01, {0, 0, 18, 82, 0, 0}));
  EXPECT_EQ(finding.limit, "workload");
  EXPECT_EQ(finding.sentence,
            "The workload limits this run, not the drive: the dies, the busiest part, are 3.0 % "
            "busy on average, and 82.0 % of the mean latency is waiting for a die and its work.");
}

TEST(Finding, WithoutAttributionNothingIsSaidOfLatency) {
  const auto finding = judged(report_of({0.9, 0.9, 0.9, 0.9}, {0.2, 0.1}, 0.1, {0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(finding.sentence, "The dies limit this drive: 90.0 % busy on average.");
}

TEST(Finding, NoCommands) {
  EXPECT_EQ(judged({}).sentence, "Nothing was measured: no command ended.");
}

}  // namespace
}  // namespace gantry::report
