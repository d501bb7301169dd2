#include "workload/replay.hpp"

#include <string>

#include <gtest/gtest.h>

#include "../ssd/reference_device.hpp"
#include "workload/driver.hpp"

namespace gantry::workload {
namespace {

using ssd::Nanos;
using ssd::Opcode;

Replay replay(std::string lines, const ReplayOptions& options) {
  return {*TraceReader::of(TraceInput::of(std::move(lines), "trace")), ssd::reference_a(), options};
}

TEST(Replay, KeepsTheTimesOfTheTrace) {
  ssd::Device device(ssd::reference_a());
  auto source = replay("100 0 0 8 0\n5000100 0 0 8 1\n5000000 0 8 8 1\n", {});
  const auto report = run(device, source, {});
  ASSERT_TRUE(report);
  EXPECT_FALSE(source.error());
  EXPECT_EQ(report->serviced, 3U);
  EXPECT_EQ(report->of(Opcode::kRead).latency.max(), Nanos{59'812});
  EXPECT_EQ(report->end, Nanos{5'059'812});
}

TEST(Replay, GoesAsFastAsItsDepthAllows) {
  ssd::Device device(ssd::reference_a());
  fill(device);
  std::string lines;
  for (int i = 0; i < 1000; ++i) {
    lines += std::to_string(i) + "000000000 0 " + std::to_string(i * 8) + " 8 1\n";
  }
  auto source = replay(lines, {.queue_depth = 1});
  const auto report = run(device, source, {});
  ASSERT_TRUE(report);
  EXPECT_EQ(report->time(), Nanos{59'812'000});
  EXPECT_EQ(report->commands(), 1000U);
}

TEST(Replay, AddressesAreOfWholePagesOnTheDevice) {
  const auto logical = ssd::reference_a().logical_pages;
  const auto beyond = std::to_string(std::uint64_t{logical} * 8);
  auto source = replay("0 0 7 2 1\n1 0 " + beyond + " 8 1\n2 0 " +
                           std::to_string(std::uint64_t{logical} * 8 - 8) + " 16 1\n",
                       {});
  auto command = source.take();
  EXPECT_EQ(command.lpn, ssd::Lpn{0});
  EXPECT_EQ(command.pages, 2U);
  command = source.take();
  EXPECT_EQ(command.lpn, ssd::Lpn{0});
  command = source.take();
  EXPECT_EQ(command.lpn, ssd::Lpn{logical - 2});
  auto strict = replay("0 0 0 8 1\n1 0 " + beyond + " 8 1\n", {.wrap = false});
  strict.take();
  EXPECT_EQ(strict.next_time(), ssd::kNever);
  ASSERT_TRUE(strict.error());
  EXPECT_EQ(strict.error()->where, "trace:2");
  EXPECT_EQ(strict.error()->what,
            "the request ends at byte 7730753536, and the device at 7730749440");
}

TEST(Replay, EndsWhereTheTraceIsMalformed) {
  ssd::Device device(ssd::reference_a());
  auto source = replay("0 0 0 8 1\nrubbish\n", {});
  const auto report = run(device, source, {});
  ASSERT_TRUE(report);
  EXPECT_EQ(report->serviced, 1U);
  ASSERT_TRUE(source.error());
  EXPECT_EQ(source.error()->where, "trace:2");
}

}  // namespace
}  // namespace gantry::workload
