#include "ssd/device.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "reference_device.hpp"
#include "ssd/random.hpp"

namespace gantry::ssd {
namespace {

using std::chrono::nanoseconds;

/// The latency of one command on a device that does nothing else.
Completion only(Device& device, const Command& command) {
  device.submit(command);
  const auto* const completion = device.next();
  EXPECT_NE(completion, nullptr);
  return completion == nullptr ? Completion{} : *completion;
}

TEST(Device, AReadIsTheSumOfItsParts) {
  Device device(reference_a());
  fill(device);
  const auto read = only(device, page_command(Opcode::kRead, 12'345));
  EXPECT_EQ(read.time, Nanos{290 + 50'000 + 8'192 + 1'330});
  EXPECT_EQ(read.latency.die, Nanos{50'290});
  EXPECT_EQ(read.latency.channel, Nanos{8'192});
  EXPECT_EQ(read.latency.link, Nanos{1'330});
  EXPECT_EQ(read.latency.total(), read.time);
}

TEST(Device, AWriteIsTheSumOfItsParts) {
  Device device(reference_a());
  const auto write = only(device, page_command(Opcode::kWrite, 5));
  EXPECT_EQ(write.time, Nanos{1'330 + 8'192 + 290 + 600'000});
  EXPECT_EQ(write.latency.total(), write.time);
}

TEST(Device, WhatWasNeverWrittenIsNotReadFromFlash) {
  Device device(reference_a());
  EXPECT_EQ(only(device, page_command(Opcode::kRead, 5)).time, Nanos{1'330});
  EXPECT_EQ(device.flash().counters().reads, 0U);
}

TEST(Device, DiesOfAChannelShareIt) {
  Device device(reference_a());
  fill(device);
  device.submit(page_command(Opcode::kRead, 0));
  device.submit(page_command(Opcode::kRead, 8));  // the next chip of the same channel
  EXPECT_EQ(device.next()->time, Nanos{50'290 + 8'192 + 1'330});
  const auto* const second = device.next();
  EXPECT_EQ(second->time, Nanos{50'290 + 2 * 8'192 + 1'330});
  EXPECT_EQ(second->latency.channel, Nanos{2 * 8'192});
}

TEST(Device, ADieDoesOneThingAtATime) {
  Device device(reference_a());
  fill(device);
  device.submit(page_command(Opcode::kRead, 0));
  device.submit(page_command(Opcode::kRead, 32));  // the same die
  device.next();
  const auto* const second = device.next();
  EXPECT_EQ(second->time, Nanos{2 * (50'290 + 8'192) + 1'330});
  EXPECT_EQ(second->latency.die, Nanos{2 * 50'290 + 8'192});
}

TEST(Device, ACommandEndsWithItsLastPage) {
  Device device(reference_a());
  fill(device);
  auto command = page_command(Opcode::kRead, 0);
  command.pages = 64;  // two on each die, 8 on each channel
  const auto read = only(device, command);
  EXPECT_EQ(read.time - read.command.time, read.latency.total());
  EXPECT_EQ(device.flash().counters().reads, 64U);
  EXPECT_EQ(device.outstanding(), 0U);
  EXPECT_EQ(device.next(), nullptr);
}

TEST(Device, PagesOfOneFlashPageAreReadAtOnce) {
  auto parameters = reference_a();
  parameters.geometry.page_bytes = 16'384;
  parameters.geometry.pages_per_block = 64;
  Device device(parameters);
  auto write = page_command(Opcode::kWrite, 0);
  write.pages = 4;
  only(device, write);
  EXPECT_EQ(device.flash().counters().programs, 1U) << "they were packed";
  auto read = page_command(Opcode::kRead, 0, device.now());
  read.pages = 4;
  const auto start = device.now();
  EXPECT_EQ(only(device, read).time - start, Nanos{50'290 + 4 * 8'192 + 5'320});
  EXPECT_EQ(device.flash().counters().reads, 1U);
}

TEST(Device, StopsAtATime) {
  Device device(reference_a());
  fill(device);
  device.submit(page_command(Opcode::kRead, 0));
  EXPECT_EQ(device.next(Nanos{59'811}), nullptr);
  EXPECT_NE(device.next(Nanos{59'812}), nullptr);
}

TEST(Device, TheControllerWorksOnOneCommandAtATime) {
  auto parameters = reference_a();
  parameters.front_end.command_cost = Nanos{1'000};
  parameters.front_end.page_cost = Nanos{100};
  Device device(parameters);
  device.submit(page_command(Opcode::kRead, 0));
  device.submit(page_command(Opcode::kRead, 1));
  EXPECT_EQ(device.next()->time, Nanos{1'100 + 1'330});
  const auto* const second = device.next();
  EXPECT_EQ(second->time, Nanos{2'200 + 1'330 + 230}) << "the link is the slower one";
  EXPECT_EQ(second->latency.queue, Nanos{2'200});
}

TEST(Device, TakesNoMoreCommandsThanItMay) {
  auto parameters = reference_a();
  parameters.front_end.commands_in_device = 1;
  Device device(parameters);
  fill(device);
  device.submit(page_command(Opcode::kRead, 0));
  device.submit(page_command(Opcode::kRead, 1));  // another channel
  const auto first = device.next()->time;
  const auto* const second = device.next();
  EXPECT_EQ(second->time, 2 * first);
  EXPECT_EQ(second->latency.queue, first);
}

TEST(Device, ALoneReadWaitsForWhatHasEndedBefore) {
  auto parameters = reference_a();
  parameters.front_end.commands_in_device = 1;
  Device device(parameters);
  fill(device);
  device.submit(page_command(Opcode::kRead, 0));
  device.submit(page_command(Opcode::kTrim, 100));
  device.submit(page_command(Opcode::kTrim, 101));
  const auto ended = device.next()->time;  // with it the trims, which take no time
  device.submit(page_command(Opcode::kRead, 1, ended));
  EXPECT_EQ(device.next()->command.opcode, Opcode::kTrim);
  EXPECT_EQ(device.next()->command.opcode, Opcode::kTrim);
  const auto* const last = device.next();
  EXPECT_EQ(last->command.opcode, Opcode::kRead);
  EXPECT_GT(last->time, ended);
}

TEST(Device, UrgentQueuesComeFirstAndWeightsCount) {
  auto parameters = reference_a();
  parameters.front_end.command_cost = Nanos{1'000};
  parameters.front_end.queues = {{.weight = 1}, {.weight = 3}, {.urgent = true}};
  parameters.front_end.arbitration = Arbitration::kWeightedRoundRobin;
  Device device(parameters);
  for (const int queue : {0, 0, 0, 1, 1, 1, 1, 1, 2, 2}) {
    auto command = page_command(Opcode::kTrim, 0);
    command.queue = static_cast<std::uint16_t>(queue);
    device.submit(command);
  }
  std::vector<std::uint16_t> order;
  while (const auto* const completion = device.next()) {
    order.push_back(completion->command.queue);
  }
  // The first one found the controller idle.
  EXPECT_EQ(order, (std::vector<std::uint16_t>{0, 2, 2, 1, 1, 1, 0, 1, 1, 0}));
}

TEST(Device, ReadsOvertakeWritesOnlyIfTheyMay) {
  for (const auto order : {DieOrder::kFirstCome, DieOrder::kReadsFirst}) {
    auto parameters = small_device();
    parameters.die_order = order;
    Device device(parameters);
    only(device, page_command(Opcode::kWrite, 0));
    const auto start = device.now();
    device.submit(page_command(Opcode::kWrite, 1, start));
    device.submit(page_command(Opcode::kWrite, 2, start));
    device.submit(page_command(Opcode::kRead, 0, start));
    std::vector<Opcode> ended;
    while (const auto* const completion = device.next()) {
      ended.push_back(completion->command.opcode);
    }
    const std::size_t place = order == DieOrder::kReadsFirst ? 1 : 2;
    EXPECT_EQ(ended.at(place), Opcode::kRead);
  }
}

TEST(Device, AReadSuspendsAProgram) {
  auto parameters = small_device();
  parameters.suspend_program = true;
  parameters.nand.suspend = Nanos{20'000};
  parameters.nand.resume = Nanos{5'000};
  Device device(parameters);
  only(device, page_command(Opcode::kWrite, 0));
  const auto start = device.now();
  device.submit(page_command(Opcode::kWrite, 1, start));
  device.submit(page_command(Opcode::kRead, 0, start + Nanos{100'000}));
  const auto* const read = device.next();
  EXPECT_EQ(read->command.opcode, Opcode::kRead);
  EXPECT_EQ(read->latency.total(), Nanos{20'000 + 50'290 + 8'192});
  const auto* const write = device.next();
  EXPECT_EQ(write->latency.total(),
            Nanos{8'192 + 600'290} + Nanos{20'000 + 50'290 + 8'192 + 5'000});
  EXPECT_EQ(device.flash().counters().suspends, 1U);
}

TEST(Device, PagesOfACellHaveTheirOwnTimes) {
  auto parameters = small_device();
  parameters.nand.cell_bits = 3;
  parameters.nand.program = {Nanos{500'000}, Nanos{2'000'000}, Nanos{5'000'000}};
  parameters.nand.read = {Nanos{50'000}, Nanos{70'000}, Nanos{90'000}};
  Device device(parameters);
  for (const std::int64_t program : {500'000, 2'000'000, 5'000'000, 500'000}) {
    const auto start = device.now();
    EXPECT_EQ(only(device, page_command(Opcode::kWrite, 0, start)).time - start,
              Nanos{8'192 + 290 + program});
  }
}

TEST(Buffer, AWriteEndsWhenItIsInTheBuffer) {
  auto parameters = small_device();
  parameters.buffer = {.pages = 4, .latency = Nanos{2'000}};
  Device device(parameters);
  EXPECT_EQ(only(device, page_command(Opcode::kWrite, 0)).time, Nanos{2'000});
  const auto read = only(device, page_command(Opcode::kRead, 0, device.now()));
  EXPECT_EQ(read.latency.total(), Nanos{2'000}) << "from the buffer";
  EXPECT_EQ(device.flash().counters().reads, 0U);
}

TEST(Buffer, FullItIsAsFastAsFlash) {
  auto parameters = small_device();
  parameters.buffer = {.pages = 2, .latency = Nanos{2'000}};
  Device device(parameters);
  Nanos last{0};
  for (std::uint32_t lpn = 0; lpn < 20; ++lpn) {
    last = only(device, page_command(Opcode::kWrite, lpn, device.now())).latency.total();
  }
  EXPECT_EQ(last, Nanos{8'192 + 600'290}) << "each write waits for one program";
}

TEST(Buffer, AFlushWaitsForFlash) {
  auto parameters = small_device();
  parameters.buffer = {.pages = 8, .latency = Nanos{2'000}};
  Device device(parameters);
  only(device, page_command(Opcode::kWrite, 0));
  only(device, page_command(Opcode::kWrite, 1, device.now()));
  const auto flush = only(device, page_command(Opcode::kFlush, 0, device.now()));
  EXPECT_EQ(flush.time, Nanos{2 * (8'192 + 600'290)});
  EXPECT_EQ(flush.time - flush.command.time, flush.latency.total());
  EXPECT_EQ(device.flash().translation().pages().mapped(), 2U);
  const auto again = only(device, page_command(Opcode::kFlush, 0, device.now()));
  EXPECT_EQ(again.latency.total(), Nanos{0}) << "nothing is volatile any more";
}

TEST(Buffer, AFlushAlsoProgramsPartOfAFlashPage) {
  auto parameters = small_device();
  parameters.geometry.page_bytes = 16'384;
  parameters.logical_pages = 24 * 64;
  parameters.buffer = {.pages = 8, .latency = Nanos{0}};
  Device device(parameters);
  only(device, page_command(Opcode::kWrite, 0));
  EXPECT_EQ(device.flash().counters().programs, 0U) << "it waits for three others";
  only(device, page_command(Opcode::kFlush, 0, device.now()));
  EXPECT_EQ(device.flash().counters().programs, 1U);
}

TEST(Buffer, ForcedUnitAccessWaitsForFlash) {
  auto parameters = small_device();
  parameters.buffer = {.pages = 8, .latency = Nanos{2'000}};
  Device device(parameters);
  auto write = page_command(Opcode::kWrite, 0);
  write.force_unit_access = true;
  const auto forced = only(device, write);
  EXPECT_EQ(forced.time, Nanos{8'192 + 600'290});
  EXPECT_EQ(forced.latency.total(), forced.time);
}

TEST(Buffer, AbsorbsWhatIsWrittenAgain) {
  auto parameters = small_device();
  parameters.buffer = {.pages = 16, .latency = Nanos{0}, .programs_per_die = 1};
  Device device(parameters);
  for (int time = 0; time < 100; ++time) {
    only(device, page_command(Opcode::kWrite, 7, device.now()));
  }
  only(device, page_command(Opcode::kFlush, 0, device.now()));
  EXPECT_LE(device.flash().counters().programs, 2U);
}

TEST(Collection, ConservesPages) {
  for (const auto policy :
       {VictimPolicy::kGreedy, VictimPolicy::kDChoices, VictimPolicy::kCostBenefit,
        VictimPolicy::kFifo, VictimPolicy::kRandom}) {
    auto parameters = small_device();
    parameters.collection.victims = policy;
    Device device(parameters);
    Random random(4);
    for (int write = 0; write < 20'000; ++write) {
      only(device,
           page_command(Opcode::kWrite, random.below(parameters.logical_pages), device.now()));
    }
    const auto& counters = device.flash().counters();
    EXPECT_EQ(counters.programs, counters.host_pages + counters.moved_pages);
    EXPECT_EQ(counters.host_pages, 20'000U);
    EXPECT_GT(counters.erases, 1'000U);
    std::uint32_t valid = 0;
    for (std::uint32_t block = 0; block < parameters.geometry.blocks(); ++block) {
      valid += device.flash().translation().blocks()[BlockId{block}].valid;
    }
    EXPECT_EQ(valid, device.flash().translation().pages().mapped());
  }
}

TEST(Collection, TakesTheTimeOfTheHost) {
  auto parameters = small_device();
  Device device(parameters);
  Random random(4);
  Nanos collection{0};
  for (int write = 0; write < 5'000; ++write) {
    const auto ended = only(
        device, page_command(Opcode::kWrite, random.below(parameters.logical_pages), device.now()));
    ASSERT_EQ(ended.time - ended.command.time, ended.latency.total());
    collection += ended.latency.collection;
  }
  EXPECT_GT(collection, Nanos{0});
}

}  // namespace
}  // namespace gantry::ssd
