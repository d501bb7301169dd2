#include <algorithm>

#include <gtest/gtest.h>

#include "reference_device.hpp"
#include "ssd/precondition.hpp"
#include "ssd/random.hpp"

namespace gantry::ssd {
namespace {

std::uint32_t least_room(const Device& device) {
  std::uint32_t least = ~0U;
  for (std::uint32_t plane = 0; plane < device.parameters().geometry.planes(); ++plane) {
    least = std::min(least, device.flash().translation().room(PlaneId{plane}));
  }
  return least;
}

/// The longest of so many writes, one at a time, each some time after the one before.
Nanos longest_write(Device& device, int writes, Nanos pause) {
  Random random(1);
  Nanos longest{0};
  for (int write = 0; write < writes; ++write) {
    device.submit(page_command(Opcode::kWrite, random.below(device.parameters().logical_pages),
                               device.now() + pause));
    const auto* const completion = device.next();
    longest = std::max(longest, completion->time - completion->command.time);
  }
  return longest;
}

TEST(Collection, RoomIsWhatCanBeProgrammed) {
  Device device(small_device());
  const auto& books = device.flash().translation();
  const auto slots = static_cast<std::uint32_t>(device.parameters().geometry.slots());
  Random random(1);
  for (int write = 0; write < 3'000; ++write) {
    device.submit(page_command(Opcode::kWrite, random.below(300), device.now()));
    device.next();
    ASSERT_EQ(books.room(PlaneId{0}), slots - books.written_slots(PlaneId{0}));
  }
  EXPECT_GT(device.flash().counters().erases, 50U);
}

TEST(Collection, AWriteWaitsForNoMoreThanItTakes) {
  Device device(reference_a());
  fill_at_random(device, 1);
  const auto& parameters = device.parameters();
  const auto most_moves = 16;  // for one page, if a victim has 15 of 16 pages valid
  const auto move = parameters.nand.read[0] + parameters.nand.program[0] + Nanos{2 * 8'192 + 580};
  EXPECT_LT(longest_write(device, 20'000, Nanos{0}),
            most_moves * move + parameters.nand.erase + Nanos{1'000'000});
}

TEST(Collection, AWholeVictimIsInTheWayIfItIsNotPreemptible) {
  auto parameters = reference_a();
  parameters.collection.preemptible = false;
  Device device(parameters);
  fill_at_random(device, 1);
  EXPECT_GT(longest_write(device, 20'000, Nanos{0}), Nanos{100'000'000});
}

TEST(Collection, AnIdleDieIsAheadByASixteenthOfABlock) {
  for (const std::uint32_t idle_below : {0U, 6U}) {
    auto parameters = reference_a();
    parameters.collection.idle_below = idle_below;
    Device device(parameters);
    fill_at_random(device, 1);
    longest_write(device, 2'000, Nanos{1'000'000});
    while (device.next(device.now() + Nanos{10'000'000'000}) != nullptr) {
    }
    const auto kept = kept_room(parameters, parameters.collection.start_below);
    const auto block = parameters.geometry.slots_per_block();
    // A victim that is being emptied gives its room back when it is erased.
    EXPECT_GE(least_room(device) + block, idle_below == 0 ? kept + room_ahead(parameters.geometry)
                                                          : kept_room(parameters, idle_below));
    if (idle_below == 0) {
      EXPECT_LE(least_room(device), kept + room_ahead(parameters.geometry));
    }
  }
}

}  // namespace
}  // namespace gantry::ssd
