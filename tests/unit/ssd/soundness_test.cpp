#include <cstring>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "memory_archive.hpp"
#include "random_host.hpp"
#include "reference_device.hpp"

namespace gantry::ssd {
namespace {

/// What is found of a state of which one number has been changed. If nothing is, the device goes on
/// without harm.
std::string find_fault(const Parameters& parameters, const std::vector<std::byte>& state) {
  Device device(parameters);
  MemoryReader reader(state);
  device.transfer(reader);
  if (!reader.is_good()) {
    return "it cannot be read";
  }
  if (const auto* const what = device.fault(1)) {
    return what;
  }
  RandomHost(3).run(device, 40);
  const auto* const later = device.fault(1);
  EXPECT_EQ(later, nullptr) << "found only after it had done harm: " << later;
  return "nothing";
}

/// Every number of a state is changed, one at a time.
std::set<std::string> faults_of(const Parameters& parameters, std::uint64_t seed) {
  Device device(parameters);
  RandomHost(seed).run(device, 400);
  const auto good = state_of(device);
  EXPECT_EQ(find_fault(parameters, good), "nothing");
  std::set<std::string> faults;
  for (std::size_t at = 0; at + 4 <= good.size(); at += 4) {
    auto state = good;
    std::uint32_t number = 0;
    std::memcpy(&number, &good[at], sizeof number);
    for (const auto other : {number + 1, number ^ 0x80000000U, 0U}) {
      std::memcpy(&state[at], &other, sizeof other);
      faults.insert(find_fault(parameters, state));
    }
  }
  return faults;
}

TEST(Soundness, EveryChangeIsFoundOrDoesNoHarm) {
  Parameters parameters;
  parameters.geometry = {.channels = 2,
                         .chips_per_channel = 1,
                         .planes_per_die = 2,
                         .blocks_per_plane = 9,
                         .pages_per_block = 4,
                         .page_bytes = 8'192};
  parameters.logical_pages = 100;
  parameters.buffer = {.pages = 12, .latency = Nanos{1'000}};
  std::set<std::string> faults;
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    faults.merge(faults_of(parameters, seed));
  }
  EXPECT_THAT(
      faults,
      testing::UnorderedElementsAre(
          "a block is in a wrong state", "a block that is being collected is in a wrong state",
          "a block that is being written is in a wrong state",
          "a block's valid pages are miscounted", "a list of free blocks is broken",
          "a plane's blocks are miscounted", "a plane's room is miscounted", "it cannot be read",
          "nothing", "the collection of a block has left pages behind",
          "the collection of a block is impossible", "the collection of no block goes on",
          "the map of pages contradicts itself",
          "the order in which blocks are collected is broken", "the wear of blocks is miscounted",
          "what a die does is impossible", "what the controller does is impossible"));
}

TEST(Soundness, CollectionNeedsAFreeBlock) {
  Device device(small_device());
  auto& translation = device.flash().translation();
  while (translation.free_blocks(PlaneId{0}) > 1) {
    translation.open_page(PlaneId{0}, 1, Translation::For::kCollection);
    ASSERT_EQ(device.fault(1), nullptr);
  }
  while (translation.free_blocks(PlaneId{0}) > 0) {
    translation.open_page(PlaneId{0}, 1, Translation::For::kCollection);
  }
  EXPECT_STREQ(device.fault(1), "a plane has no free block");
}

}  // namespace
}  // namespace gantry::ssd
