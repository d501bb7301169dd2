#include "workload/synthetic.hpp"

#include <array>
#include <string>

#include <gtest/gtest.h>

#include "../ssd/reference_device.hpp"

namespace gantry::workload {
namespace {

using ssd::Nanos;
using ssd::Opcode;

std::string fault_of(const Stream& stream) {
  const auto result = check(stream, ssd::small_device());
  return result ? "" : result.error().where + ": " + result.error().what;
}

TEST(StreamCheck, NamesWhatIsWrong) {
  EXPECT_EQ(fault_of({}), "");
  EXPECT_EQ(fault_of({.first_page = 384}),
            "pages: pages 384 to 385 are not all on a device of 384 logical pages");
  EXPECT_EQ(fault_of({.first_page = 1, .pages = 384}),
            "pages: pages 1 to 385 are not all on a device of 384 logical pages");
  EXPECT_EQ(fault_of({.block_pages = 0}),
            "block_pages: blocks of 0 pages do not fit into 384 pages");
  EXPECT_EQ(fault_of({.pages = 8, .block_pages = 9}),
            "block_pages: blocks of 9 pages do not fit into 8 pages");
  EXPECT_EQ(fault_of({.reads = 600, .trims = 401}),
            "reads: 600 + 401 thousandths of reads and trims are more than all");
  EXPECT_EQ(fault_of({.force_unit_access = 1001}),
            "force_unit_access: 1001 thousandths of the writes are more than all");
  EXPECT_EQ(fault_of({.queue = 1}), "queue: the device has no queue 1: it has 1");
  EXPECT_EQ(fault_of({.arrivals = {.queue_depth = 0}}),
            "queue_depth: 0 commands cannot be outstanding: from 1 to 1048576 can");
  EXPECT_EQ(fault_of({.arrivals = {.think = Nanos{-1}}}),
            "think: a time to think cannot be negative");
  EXPECT_EQ(fault_of({.arrivals = {.kind = Arrivals::Kind::kPoisson}}),
            "rate: 0 commands a second are no rate: from 1 to 1000000000 are");
  EXPECT_EQ(fault_of({.arrivals = {.kind = Arrivals::Kind::kBursty, .rate = 1, .on = Nanos{0}}}),
            "on: bursts need some time in which commands come, and less than 1,000,000 s");
  EXPECT_EQ(
      fault_of({.addresses = {.kind = AddressPattern::Kind::kZipf, .exponent_milli = 20'001}}),
      "exponent_milli: exponents above 20 are not for Zipf's law");
  EXPECT_EQ(fault_of({.addresses = {.kind = AddressPattern::Kind::kHotCold, .hot_space = 0}}),
            "hot_space: the hot part has a share of the traffic and of at least two blocks");
}

TEST(Synthetic, MixesCommandsByTheirShares) {
  const std::array streams = {Stream{.arrivals = {.kind = Arrivals::Kind::kUniform, .rate = 1000},
                                     .block_pages = 4,
                                     .reads = 700,
                                     .trims = 100,
                                     .flush_every = 10,
                                     .force_unit_access = 250}};
  Synthetic source(streams, ssd::small_device(), 1);
  std::array<int, 4> seen{};
  int forced = 0;
  for (int i = 0; i < 100'000; ++i) {
    const auto command = source.take();
    ++seen.at(static_cast<std::size_t>(command.opcode));
    forced += command.force_unit_access ? 1 : 0;
    EXPECT_EQ(command.pages, command.opcode == Opcode::kFlush ? 0U : 4U);
    EXPECT_LE(ssd::index(command.lpn) + command.pages, 384U);
    EXPECT_EQ(command.tag, static_cast<std::uint64_t>(i) << kStreamBits);
  }
  const auto [reads, writes, trims, flushes] = seen;
  EXPECT_NEAR(reads, 98'000 * 0.7, 450);
  EXPECT_NEAR(trims, 98'000 * 0.1, 300);
  EXPECT_NEAR(forced, writes * 0.25, 200);
  EXPECT_NEAR(flushes, writes / 10, 1);
}

TEST(Synthetic, AClosedLoopWaitsForItsCommands) {
  const std::array streams = {Stream{.arrivals = {.queue_depth = 2, .think = Nanos{100}}}};
  Synthetic source(streams, ssd::small_device(), 1, Nanos{50});
  EXPECT_EQ(source.next_time(), Nanos{50});
  ssd::Completion completion;
  completion.command = source.take();
  EXPECT_EQ(completion.command.time, Nanos{50});
  source.take();
  EXPECT_EQ(source.next_time(), ssd::kNever);
  completion.time = Nanos{1000};
  source.completed(completion);
  EXPECT_EQ(source.next_time(), Nanos{1100});
}

TEST(Synthetic, RatesHoldHoweverCommandsCome) {
  for (const auto kind :
       {Arrivals::Kind::kUniform, Arrivals::Kind::kPoisson, Arrivals::Kind::kBursty}) {
    const std::array streams = {Stream{.arrivals = {.kind = kind, .rate = 1'000'000}}};
    Synthetic source(streams, ssd::small_device(), 4);
    int count = 0;
    while (source.take().time <= Nanos{1'000'000'000}) {
      ++count;
    }
    EXPECT_NEAR(count, 1'000'000, 4000) << static_cast<int>(kind);
  }
}

TEST(Synthetic, PoissonCountsVaryAsTheirMean) {
  const std::array streams = {
      Stream{.arrivals = {.kind = Arrivals::Kind::kPoisson, .rate = 20'000}}};
  Synthetic source(streams, ssd::small_device(), 9);
  constexpr int kSpans = 20'000;  // of 1 ms: 20 commands each
  std::vector<int> counts(kSpans + 1);
  for (;;) {
    const auto span = source.take().time.count() / 1'000'000;
    if (span >= kSpans) {
      break;
    }
    ++counts[static_cast<std::size_t>(span)];
  }
  double sum = 0;
  double squares = 0;
  for (int i = 0; i < kSpans; ++i) {
    const double count = counts[static_cast<std::size_t>(i)];
    sum += count;
    squares += count * count;
  }
  const auto mean = sum / kSpans;
  EXPECT_NEAR(mean, 20, 0.12);
  EXPECT_NEAR(squares / kSpans - mean * mean, 20, 0.8);
}

TEST(Synthetic, BurstsAreWithinTheirTimes) {
  const std::array streams = {
      Stream{.arrivals = {.kind = Arrivals::Kind::kBursty, .rate = 1'000'000}}};
  Synthetic source(streams, ssd::small_device(), 4);
  for (int i = 0; i < 100'000; ++i) {
    ASSERT_LT(source.take().time.count() % 10'000'000, 1'000'000);
  }
}

TEST(Synthetic, StreamsDoNotDependOnEachOther) {
  const Stream reads{.arrivals = {.kind = Arrivals::Kind::kPoisson, .rate = 1000}};
  const Stream writes{.arrivals = {.kind = Arrivals::Kind::kPoisson, .rate = 3000}, .reads = 0};
  const std::array alone = {reads};
  const std::array both = {reads, writes};
  Synthetic one(alone, ssd::small_device(), 1);
  Synthetic two(both, ssd::small_device(), 1);
  int of_first = 0;
  auto last = Nanos{0};
  for (int i = 0; i < 4000; ++i) {
    const auto command = two.take();
    EXPECT_GE(command.time, last);
    last = command.time;
    if ((command.tag & (kMaxStreams - 1)) == 0) {
      const auto same = one.take();
      EXPECT_EQ(command.time, same.time);
      EXPECT_EQ(command.lpn, same.lpn);
      ++of_first;
    }
  }
  EXPECT_NEAR(of_first, 1000, 100);
}

}  // namespace
}  // namespace gantry::workload
