#include "ssd/precondition.hpp"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "reference_device.hpp"
#include "ssd/random.hpp"
#include "ssd/theory.hpp"

namespace gantry::ssd {
namespace {

void expect_sound(const Device& device) {
  const auto& translation = device.flash().translation();
  const auto& geometry = device.parameters().geometry;
  const auto& pages = translation.pages();
  ASSERT_EQ(pages.mapped(), device.parameters().logical_pages);
  std::vector<std::uint32_t> bound(geometry.blocks());
  for (std::uint32_t lpn = 0; lpn < device.parameters().logical_pages; ++lpn) {
    const auto slot = pages.find(Lpn{lpn});
    if (slot == kNoSlot || !pages.is_valid(slot) || pages.lpn_at(slot) != Lpn{lpn}) {
      FAIL() << lpn << " is not where it is";
    }
    ++bound[index(translation.addresses().block_of(slot))];
  }
  for (std::uint32_t block = 0; block < geometry.blocks(); ++block) {
    const auto& entry = translation.blocks()[BlockId{block}];
    ASSERT_EQ(entry.valid, bound[block]) << block;
    ASSERT_TRUE(entry.state != BlockState::kFresh || entry.valid == 0) << block;
  }
}

/// Host writes of single pages at random with many outstanding.
void overwrite(Device& device, std::uint64_t writes, Random& random) {
  std::uint64_t submitted = 0;
  const auto submit = [&] {
    device.submit(page_command(Opcode::kWrite, random.below(device.parameters().logical_pages),
                               device.now()));
    ++submitted;
  };
  while (submitted < std::min<std::uint64_t>(writes, 256)) {
    submit();
  }
  while (device.next() != nullptr) {
    if (submitted < writes) {
      submit();
    }
  }
}

Parameters medium_device(VictimPolicy policy) {
  Parameters parameters;
  parameters.geometry = {
      .channels = 2, .chips_per_channel = 2, .blocks_per_plane = 256, .pages_per_block = 64};
  parameters.logical_pages = 4 * 64 * 224;
  parameters.collection.victims = policy;
  parameters.collection.choices = 4;
  return parameters;
}

TEST(Precondition, InOrderIsWhatWritingInOrderLeadsTo) {
  for (const auto allocation : {WriteAllocation::kStatic, WriteAllocation::kRoundRobin}) {
    auto parameters = reference_a();
    parameters.allocation = allocation;
    parameters.logical_pages = 100'003;
    Device at_once(parameters);
    fill_in_order(at_once);
    Device written(parameters);
    auto command = page_command(Opcode::kWrite, 0);
    command.pages = parameters.logical_pages;
    written.submit(command);
    ASSERT_NE(written.next(), nullptr);
    const auto& books = at_once.flash().translation();
    for (std::uint32_t lpn = 0; lpn < parameters.logical_pages; ++lpn) {
      ASSERT_EQ(books.pages().find(Lpn{lpn}), written.flash().translation().pages().find(Lpn{lpn}));
    }
    EXPECT_EQ(at_once.now(), Nanos{0});
    EXPECT_EQ(at_once.flash().counters().programs, 0U);
  }
}

TEST(Precondition, AtRandomIsSound) {
  for (const auto policy :
       {VictimPolicy::kGreedy, VictimPolicy::kDChoices, VictimPolicy::kCostBenefit,
        VictimPolicy::kFifo, VictimPolicy::kRandom}) {
    for (const auto allocation : {WriteAllocation::kStatic, WriteAllocation::kRoundRobin}) {
      for (const std::uint32_t page_bytes : {4096U, 16384U}) {
        for (const std::uint32_t generations : {0U, 1U, 3U}) {
          auto parameters = medium_device(policy);
          parameters.geometry.blocks_per_plane = 64;
          parameters.geometry.pages_per_block = 36;
          parameters.geometry.page_bytes = page_bytes;
          parameters.logical_pages = 4 * 36 * 48 * (page_bytes / 4096) - 17;
          parameters.collection.generations = generations;
          parameters.allocation = allocation;
          Device device(parameters);
          fill_at_random(device, 5);
          expect_sound(device);
          Random random(1);
          overwrite(device, 1'500, random);
        }
      }
    }
  }
}

TEST(Precondition, OfANearlyEmptyDeviceIsSound) {
  auto parameters = small_device();
  parameters.logical_pages = 3;
  Device device(parameters);
  fill_at_random(device, 5);
  EXPECT_EQ(device.flash().translation().pages().mapped(), 3U);
}

TEST(Precondition, TheSameSeedGivesTheSameState) {
  const auto where = [](std::uint64_t seed) {
    Device device(medium_device(VictimPolicy::kGreedy));
    fill_at_random(device, seed);
    std::vector<Slot> slots;
    for (std::uint32_t lpn = 0; lpn < device.parameters().logical_pages; ++lpn) {
      slots.push_back(device.flash().translation().pages().find(Lpn{lpn}));
    }
    return slots;
  };
  EXPECT_EQ(where(1), where(1));
  EXPECT_NE(where(1), where(2));
}

TEST(Precondition, PagesAreInNoOrder) {
  auto parameters = medium_device(VictimPolicy::kGreedy);
  Device device(parameters);
  fill_at_random(device, 3);
  const auto& translation = device.flash().translation();
  std::vector<std::uint32_t> in_plane(16);
  std::uint32_t same_block = 0;
  for (std::uint32_t lpn = 1; lpn < parameters.logical_pages; ++lpn) {
    const auto block = translation.addresses().block_of(translation.pages().find(Lpn{lpn}));
    const auto before = translation.addresses().block_of(translation.pages().find(Lpn{lpn - 1}));
    const auto plane = index(translation.addresses().plane_of(block));
    ++in_plane[plane * 4 + index(translation.addresses().plane_of(before))];
    same_block += block == before ? 1 : 0;
  }
  const auto expected = parameters.logical_pages / 16.0;
  for (const auto count : in_plane) {
    EXPECT_NEAR(count, expected, 0.05 * expected);
  }
  EXPECT_LT(same_block, parameters.logical_pages / 500);
}

/// Write amplification of so many single-page writes with so many outstanding.
double amplification(Device& device, std::uint64_t writes, std::uint32_t depth, Random& random) {
  const auto before = device.flash().counters();
  for (std::uint64_t submitted = 0; submitted < writes; ++submitted) {
    if (submitted >= depth) {
      device.next();
    }
    device.submit(page_command(Opcode::kWrite, random.below(device.parameters().logical_pages),
                               device.now()));
  }
  const auto& after = device.flash().counters();
  return 1 + static_cast<double>(after.moved_pages - before.moved_pages) /
                 static_cast<double>(after.host_pages - before.host_pages);
}

TEST(Precondition, WriteAmplificationIsThatOfTheLongRunFromTheFirstSecondOn) {
  constexpr std::uint32_t kDepth = 32;
  Device device(reference_a());
  fill_at_random(device, 1);
  Random random(1);
  amplification(device, 4096, kDepth, random);  // what `gantry ssd run` lets settle
  const auto from = device.now();
  const auto first = amplification(device, 8'000, kDepth, random);
  EXPECT_LT(device.now() - from, Nanos{1'200'000'000});
  amplification(device, 1'000'000, kDepth, random);
  EXPECT_NEAR(first / amplification(device, 200'000, kDepth, random), 1, 0.01);
}

TEST(Precondition, WriteAmplificationHardlyDependsOnTheLoad) {
  std::vector<double> found;
  for (const std::uint32_t depth : {1U, 8U, 256U}) {
    Device device(reference_a());
    fill_at_random(device, 1);
    Random random(1);
    amplification(device, 10'000, depth, random);
    found.push_back(amplification(device, 150'000, depth, random));
    EXPECT_NEAR(found.back() / found.front(), 1, 0.005) << depth;
  }
  const auto parameters = reference_a();
  const auto rho = theory::rho_of(parameters);
  const auto known =
      theory::greedy_victims(rho, parameters.geometry.slots_per_block()).amplification;
  EXPECT_NEAR(found.back() / known, 1, 0.01);
}

}  // namespace
}  // namespace gantry::ssd
