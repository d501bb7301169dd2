#include "ssd/namespaces.hpp"

#include <array>
#include <string>

#include <gtest/gtest.h>

#include "../ssd/reference_device.hpp"
#include "workload/driver.hpp"
#include "workload/replay.hpp"
#include "workload/synthetic.hpp"

namespace gantry::workload {
namespace {

using ssd::Lpn;
using ssd::Opcode;

/// Two halves of a device of 384 pages.
constexpr std::uint32_t kHalf = 192;

std::uint32_t mapped(const ssd::Device& device, std::uint32_t first) {
  std::uint32_t count = 0;
  for (std::uint32_t page = first; page < first + kHalf; ++page) {
    count += device.flash().translation().pages().find(Lpn{page}) != ssd::kNoSlot ? 1 : 0;
  }
  return count;
}

/// Commands to one half, until so many have ended; the report of the second half of them.
Report run_in(ssd::Device& device, std::uint32_t first, std::uint32_t trims) {
  Stream stream;
  stream.first_page = first;
  stream.pages = kHalf;
  stream.reads = 0;
  stream.trims = trims;
  Synthetic source(std::span(&stream, 1), device.parameters(), 7, device.now());
  RunOptions options;
  options.warm_up.commands = 10'000;
  options.measure.commands = 10'000;
  auto report = run(device, source, options);
  EXPECT_TRUE(report);
  return *std::move(report);
}

TEST(Namespaces, TrafficOfOneDoesNotTouchTheOthers) {
  for (const auto first : {0U, kHalf}) {
    ssd::Device device(ssd::small_device());
    run_in(device, first, 300);
    EXPECT_GT(mapped(device, first), kHalf / 2);
    EXPECT_EQ(mapped(device, kHalf - first), 0U);
  }
}

TEST(Namespaces, TrimOfAWholeOneFreesItsBlocks) {
  ssd::Device device(ssd::small_device());
  ssd::fill(device);
  const auto crowded = run_in(device, 0, 0);
  EXPECT_GT(crowded.write_amplification(), 1.7);

  auto trim = ssd::page_command(Opcode::kTrim, kHalf, device.now());
  trim.pages = kHalf;
  device.submit(trim);
  while (device.next() != nullptr) {
  }
  EXPECT_EQ(mapped(device, kHalf), 0U);
  EXPECT_EQ(mapped(device, 0), kHalf);
  EXPECT_EQ(device.flash().translation().pages().mapped(), kHalf);
  // 192 live pages of 32 * 16 leave collection little to move.
  EXPECT_LT(run_in(device, 0, 0).write_amplification(), 1.2);
}

TEST(Namespaces, ATraceStaysInItsOwn) {
  ssd::Device device(ssd::small_device());
  std::string lines;
  for (int at = 0; at < 1000; ++at) {
    lines += std::to_string(at) + "000000 0 " + std::to_string(at * 8) + " 8 0\n";
  }
  Replay source(*TraceReader::of(TraceInput::of(lines, "trace")), device.parameters(),
                {.first_page = kHalf, .pages = kHalf});
  ASSERT_TRUE(run(device, source, {}));
  EXPECT_FALSE(source.error());
  EXPECT_EQ(mapped(device, kHalf), kHalf);
  EXPECT_EQ(mapped(device, 0), 0U);
}

TEST(Namespaces, ATraceThatLeavesItsOwnIsAnErrorIfAskedFor) {
  ssd::Device device(ssd::small_device());
  Replay source(*TraceReader::of(TraceInput::of("0 0 1528 8 0\n1 0 1536 8 0\n", "trace")),
                device.parameters(), {.pages = kHalf, .wrap = false});
  ASSERT_TRUE(run(device, source, {}));
  ASSERT_TRUE(source.error());
  EXPECT_EQ(source.error()->what, "the request ends at byte 790528, and the device at 786432");
}

}  // namespace
}  // namespace gantry::workload
