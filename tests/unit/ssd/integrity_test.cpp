#include <map>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "reference_device.hpp"
#include "ssd/random.hpp"
#include "varied_devices.hpp"

namespace gantry::ssd {
namespace {

/// The books of a device that is idle and has nothing in its buffer, against what was written.
void check_books(const Device& device, const std::map<std::uint32_t, bool>& written,
                 std::uint64_t secret) {
  ASSERT_EQ(device.fault(secret), nullptr);
  const auto& translation = device.flash().translation();
  const auto& pages = translation.pages();
  const auto& geometry = device.parameters().geometry;
  std::set<std::uint32_t> slots;
  std::vector<std::uint32_t> in_plane(geometry.planes());
  for (const auto& [lpn, is_written] : written) {
    const auto slot = pages.find(Lpn{lpn});
    ASSERT_EQ(slot != kNoSlot, is_written) << "page " << lpn;
    if (is_written) {
      ASSERT_TRUE(pages.is_valid(slot));
      ASSERT_EQ(pages.lpn_at(slot), Lpn{lpn});
      ASSERT_TRUE(slots.insert(index(slot)).second) << "page " << lpn << " shares its slot";
      ++in_plane[index(translation.addresses().plane_of(translation.addresses().block_of(slot)))];
    }
  }
  ASSERT_EQ(pages.mapped(), slots.size());
  std::uint64_t erases = 0;
  for (std::uint32_t plane = 0; plane < geometry.planes(); ++plane) {
    std::uint32_t valid = 0;
    std::uint32_t free = 0;
    for (std::uint32_t at = 0; at < geometry.blocks_per_plane; ++at) {
      const auto& block = translation.blocks()[BlockId{plane * geometry.blocks_per_plane + at}];
      valid += block.valid;
      erases += block.erases;
      free += block.state == BlockState::kFresh || block.state == BlockState::kFree;
    }
    ASSERT_EQ(valid, in_plane[plane]) << "plane " << plane;
    ASSERT_EQ(free, translation.free_blocks(PlaneId{plane})) << "plane " << plane;
    ASSERT_LE(valid, translation.written_slots(PlaneId{plane})) << "plane " << plane;
  }
  ASSERT_EQ(erases, device.flash().counters().erases);
}

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
    check_books(device, written, seed);
  }
  const auto& counters = device.flash().counters();
  EXPECT_EQ(counters.programs * parameters.geometry.slots_per_page(),
            counters.host_pages + counters.moved_pages + counters.empty_pages);
  EXPECT_GT(counters.erases, 100U) << "the case shows nothing of collection";
}

TEST(Integrity, NoPageIsLost) {
  for (const auto& [name, parameters] : varied_devices()) {
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      check(parameters, seed, name);
    }
  }
}

}  // namespace
}  // namespace gantry::ssd
