#include <map>
#include <string>

#include <gtest/gtest.h>

#include "reference_device.hpp"
#include "ssd/random.hpp"

namespace gantry::ssd {
namespace {

/// Random commands against what a device must know of each page after a flush.
void check(const Parameters& parameters, std::uint64_t seed, const std::string& what) {
  SCOPED_TRACE(what + ", seed " + std::to_string(seed));
  Device device(parameters);
  Random random(seed);
  std::map<std::uint32_t, bool> written;
  std::uint64_t submitted = 0;
  std::uint64_t ended = 0;
  const auto take_all = [&] {
    while (const auto* const completion = device.next()) {
      ASSERT_EQ(completion->latency.total(), completion->time - completion->command.time);
      ASSERT_GE(completion->latency.die, Nanos{0});
      ASSERT_GE(completion->latency.buffer, Nanos{0});
      ++ended;
    }
  };
  for (int round = 0; round < 300; ++round) {
    auto time = device.now();
    for (auto commands = random.below(20); commands > 0; --commands) {
      auto command = page_command(Opcode::kRead, random.below(parameters.logical_pages), time);
      command.pages = 1 + random.below(std::min(8U, parameters.logical_pages - index(command.lpn)));
      const auto draw = random.below(10);
      command.opcode = draw < 5 ? Opcode::kWrite : draw < 7 ? Opcode::kTrim : Opcode::kRead;
      command.force_unit_access = random.below(8) == 0;
      // What is trimmed while it is being written is either: such pages do not overlap here.
      if (command.opcode == Opcode::kTrim) {
        take_all();
        command.time = time = device.now();
      }
      for (std::uint32_t page = 0; page < command.pages && command.opcode != Opcode::kRead;
           ++page) {
        written[index(command.lpn) + page] = command.opcode == Opcode::kWrite;
      }
      device.submit(command);
      ++submitted;
      if (command.opcode == Opcode::kTrim) {
        take_all();
        time = device.now();
      }
      time += Nanos{random.below(200'000)};
    }
    take_all();
    device.submit(page_command(Opcode::kFlush, 0, std::max(time, device.now())));
    ++submitted;
    take_all();
    ASSERT_EQ(ended, submitted);
    ASSERT_EQ(device.outstanding(), 0U);
    const auto& pages = device.flash().translation().pages();
    for (const auto& [lpn, is_written] : written) {
      const auto slot = pages.find(Lpn{lpn});
      ASSERT_EQ(slot != kNoSlot, is_written) << "page " << lpn;
      if (slot != kNoSlot) {
        ASSERT_TRUE(pages.is_valid(slot));
        ASSERT_EQ(pages.lpn_at(slot), Lpn{lpn});
      }
    }
  }
  const auto& blocks = device.flash().translation().blocks();
  std::uint32_t valid = 0;
  for (std::uint32_t block = 0; block < parameters.geometry.blocks(); ++block) {
    valid += blocks[BlockId{block}].valid;
  }
  EXPECT_EQ(valid, device.flash().translation().pages().mapped());
}

TEST(Integrity, NoPageIsLost) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    auto parameters = small_device();
    check(parameters, seed, "no buffer");
    parameters.buffer = {.pages = 8, .latency = Nanos{1'000}};
    check(parameters, seed, "buffer");
    parameters.suspend_program = parameters.suspend_erase = true;
    parameters.nand.suspend = Nanos{10'000};
    check(parameters, seed, "suspend");
    parameters.geometry = {.channels = 2,
                           .chips_per_channel = 2,
                           .planes_per_die = 2,
                           .blocks_per_plane = 12,
                           .pages_per_block = 8,
                           .page_bytes = 16'384};
    parameters.logical_pages = 8 * 6 * 32;
    parameters.nand.cell_bits = 3;
    parameters.nand.read = {Nanos{50'000}, Nanos{70'000}, Nanos{90'000}};
    parameters.nand.program = {Nanos{500'000}, Nanos{2'000'000}, Nanos{5'000'000}};
    parameters.buffer.pages = 64;
    check(parameters, seed, "four pages in one, two planes");
    parameters.allocation = WriteAllocation::kIdleFirst;
    parameters.collection.generations = 2;
    parameters.wear.static_above = 4;
    check(parameters, seed, "idle first, two generations, static wear leveling");
    parameters.collection.preemptible = false;
    parameters.collection.idle_below = 6;
    parameters.front_end.command_cost = Nanos{500};
    parameters.front_end.commands_in_device = 4;
    check(parameters, seed, "background collection");
  }
}

}  // namespace
}  // namespace gantry::ssd
