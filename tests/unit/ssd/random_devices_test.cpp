#include <array>
#include <string>

#include <gtest/gtest.h>

#include "random_host.hpp"
#include "ssd/precondition.hpp"

namespace gantry::ssd {
namespace {

/// Any device that can be, of a few dies: often as full as it may be, with blocks of a few pages,
/// and with all policies.
Parameters random_device(Random& random) {
  Parameters parameters;
  auto& geometry = parameters.geometry;
  geometry.channels = 1 + random.below(2);
  geometry.chips_per_channel = 1 + random.below(2);
  geometry.planes_per_die = 1 + random.below(3);
  geometry.pages_per_block = std::array{1U, 2U, 3U, 7U, 16U}[random.below(5)];
  geometry.page_bytes *= std::array{1U, 1U, 2U, 3U, 4U, 8U}[random.below(6)];
  auto& collection = parameters.collection;
  collection.victims = static_cast<VictimPolicy>(random.below(5));
  collection.start_below = 2 + random.below(3) * random.below(3);
  collection.generations = random.below(2) == 0 ? 1 : random.below(9);
  collection.preemptible = random.below(2) == 0;
  const auto reserved = static_cast<std::uint32_t>(reserved_blocks(collection));
  geometry.blocks_per_plane = reserved + 2 + random.below(12);
  collection.idle_below = random.below(2) * random.below(geometry.blocks_per_plane + 1);
  const auto most = geometry.planes() * most_live(parameters) - 1;
  parameters.logical_pages = random.below(2) == 0 ? most : 1 + random.below(most);
  parameters.wear.static_above = random.below(2) * random.below(6);
  parameters.suspend_program = random.below(2) == 0;
  parameters.suspend_erase = random.below(2) == 0;
  parameters.allocation = static_cast<WriteAllocation>(random.below(3));
  parameters.die_order = static_cast<DieOrder>(random.below(2));
  if (random.below(2) == 0) {
    parameters.buffer.pages = geometry.slots_per_page() + random.below(30);
  }
  return parameters;
}

TEST(RandomDevices, EveryCommandEnds) {
  constexpr Nanos kLong{100'000'000'000};  // all that is outstanding takes less
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    Device device(random_device(random));
    if (random.below(2) == 0) {
      fill_at_random(device, seed);
      ASSERT_EQ(device.fault(seed), nullptr);
    }
    RandomHost host(seed);
    for (int round = 0; round < 3; ++round) {
      ASSERT_EQ(host.run(device, 200, kLong).size(), 200U);
      ASSERT_EQ(device.fault(seed), nullptr);
    }
  }
}

}  // namespace
}  // namespace gantry::ssd
