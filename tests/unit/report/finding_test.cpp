#include "report/finding.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::report {
namespace {

using testing::HasSubstr;

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
  report.operations[0].latency.mean = 400'000;  // four under way on average
  return report;
}

Finding judged(const DeviceReport& report, const RunSetup& setup = {}) {
  return find_limit(report, analyse(report), setup);
}

/// Of a drive of which nothing is busy.
DeviceReport idle_report() {
  return report_of({0.03, 0.03, 0.03, 0.03}, {0.01, 0.01}, 0.01, {0, 0, 18, 82, 0, 0});
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

TEST(Finding, AnIdleDriveOfWhoseHostNothingIsKnown) {
  const auto finding = judged(idle_report());
  EXPECT_EQ(finding.limit, "workload");
  EXPECT_EQ(finding.sentence,
            "The workload limits this run, not the drive: with 4.0 commands under way on average "
            "the dies, the busiest part, are 3.0 % busy on average, and 82.0 % of the mean latency "
            "is waiting for a die and its work.");
}

TEST(Finding, AHostThatAsksForLittle) {
  RunSetup setup;
  setup.depth = 4;
  EXPECT_EQ(judged(idle_report(), setup).limit, "queue depth");
  EXPECT_EQ(judged(idle_report(), setup).sentence,
            "The queue depth limits this run, not the drive: with 4 commands at a time the dies, "
            "the busiest part, are 3.0 % busy on average, and 82.0 % of the mean latency is "
            "waiting for a die and its work. More at a time would give more of them.");
  setup.think = "1ms";
  EXPECT_EQ(judged(idle_report(), setup).limit, "queue depth");  // all four are under way
  setup.depth = 32;
  EXPECT_EQ(judged(idle_report(), setup).limit, "host pauses");
  EXPECT_EQ(judged(idle_report(), setup).sentence,
            "Pauses of the host limit this run, not the drive: it waits 1ms after each command, "
            "so that 4.0 of 32 are under way on average; the dies, the busiest part, are 3.0 % "
            "busy on average, and 82.0 % of the mean latency is waiting for a die and its work.");
  setup = {};
  setup.rate = "2k/s";
  EXPECT_EQ(judged(idle_report(), setup).limit, "host rate");
  EXPECT_EQ(judged(idle_report(), setup).sentence,
            "The rate of the host limits this run, not the drive: at 2k/s the dies, the busiest "
            "part, are 3.0 % busy on average, and 82.0 % of the mean latency is waiting for a die "
            "and its work.");
}

TEST(Finding, ABufferWithoutRoom) {
  const auto report = report_of({0.3, 0.3, 0.3, 0.3}, {0.2, 0.1}, 0.1, {0, 900, 0, 0, 0, 100});
  EXPECT_EQ(judged(report).limit, "write buffer");
  EXPECT_EQ(judged(report).sentence,
            "The write buffer limits this drive: 90.0 % of the mean latency is waiting for room in "
            "it, while the dies, the busiest part, are 30.0 % busy.");
  RunSetup setup;
  setup.depth = 4;
  setup.buffer_access = 90;  // of each of ten commands: there was room
  EXPECT_EQ(judged(report, setup).limit, "queue depth");
  EXPECT_THAT(judged(report, setup).sentence,
              HasSubstr("90.0 % of the mean latency is the write buffer's access."));
}

TEST(Finding, BusyDiesForWhichNobodyWaits) {
  RunSetup setup;
  setup.depth = 1;
  auto report = report_of({0.93, 0.93, 0.93, 0.93}, {0.3, 0.3}, 0.6, {0, 0, 0, 0, 0, 100});
  report.operations[0].latency.mean = 100'000;
  EXPECT_EQ(judged(report, setup).limit, "queue depth");
  report.operations[0].parts = {0, 80, 0, 0, 0, 20};  // now they do, before the buffer
  EXPECT_EQ(judged(report, setup).sentence,
            "The dies limit this drive: 93.0 % busy on average, and 80.0 % of the mean latency is "
            "waiting for room in the write buffer.");
}

TEST(Finding, OneCommandAtATimeIsNoUnevenLoad) {
  auto report = report_of({0.97, 0, 0, 0}, {0.01, 0}, 0.01, {0, 0, 3, 97, 0, 0});
  EXPECT_EQ(judged(report).limit, "one die");
  report.operations[0].latency.mean = 100'000;
  EXPECT_EQ(judged(report).limit, "workload");
}

TEST(Finding, SaysWhatDiesAreBusyWith) {
  auto report = report_of({0.9, 0.9, 0.9, 0.9}, {0.2, 0.1}, 0.1, {0, 0, 0, 100, 0, 0});
  report.flash.reads = 30;
  report.flash.programs = 7;
  RunSetup setup;
  setup.read = 50;
  setup.program = 500;
  EXPECT_EQ(judged(report, setup).sentence,
            "The dies limit this drive: 90.0 % busy on average, 70.0 % of that with programs, and "
            "100.0 % of the mean latency is waiting for a die and its work.");
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
