#include "config/figures.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/description.hpp"
#include "config/profiles.hpp"
#include "ssd/device.hpp"
#include "ssd/random.hpp"

namespace gantry::config {
namespace {

using ssd::Nanos;
using ssd::Opcode;
using testing::DoubleNear;
using testing::ElementsAre;

ssd::Parameters profile(const std::string& name) {
  const auto loaded = load(name);
  EXPECT_TRUE(loaded);
  return loaded ? loaded->parameters : ssd::Parameters{};
}

/// What a profile's datasheet or source says, calculated by hand.
struct Sheet {
  std::string name;
  std::uint64_t raw_gib = 0;
  std::vector<std::int64_t> read_nanos;
  double sequential_write = 0;  ///< MB/s
  std::string bottleneck;       ///< of sequential reads

  friend std::ostream& operator<<(std::ostream& out, const Sheet& sheet) {
    return out << sheet.name;
  }
};

class Profile : public testing::TestWithParam<Sheet> {};

/// command + read + channel + link (+ its latency), for each type of page; and dies x page /
/// (channel
/// + command + program).
INSTANTIATE_TEST_SUITE_P(
    All, Profile,
    testing::Values(Sheet{"ref-a", 8, {290 + 50'000 + 8'192 + 1'330}, 215.41, "dies"},
                    Sheet{"toyssd", 0, {50'000}, 13.653, "dies"},
                    Sheet{"femu-default", 16, {40'000}, 1'310.72, "dies"},
                    Sheet{"mqsim-default-like",
                          512,
                          {290 + 75'000 + 12'300 + 1'024, 290 + 75'000 + 12'300 + 1'024},
                          676.57,
                          "channels"},
                    Sheet{"intel-750-like",
                          512,
                          {290 + 40'000 + 10'240 + 1'040, 290 + 65'000 + 10'240 + 1'040},
                          1'113.96,
                          "channels"},
                    Sheet{"micron-l95b-like",
                          256,
                          {48'000 + 13'107 + 1'040, 64'000 + 13'107 + 1'040},
                          322.13,
                          "channels"},
                    Sheet{"970-pro-like",
                          512,
                          {29'800 + 5'120 + 1'219 + 21'500, 41'800 + 5'120 + 1'219 + 21'500},
                          2'320.30,
                          "link"},
                    Sheet{"zn540-like",
                          1'056,
                          {50'000 + 9'102 + 1'343 + 20'000, 50'000 + 9'102 + 1'343 + 20'000,
                           50'000 + 9'102 + 1'343 + 20'000},
                          4'035.82,
                          "link"}),
    [](const auto& sheet) {
      auto name = sheet.param.name;
      std::replace(name.begin(), name.end(), '-', '_');
      return name;
    });

TEST(Figures, EveryProfileHasASheet) {
  EXPECT_EQ(profiles().size(), 8U) << "add a sheet above for each new one";
}

TEST_P(Profile, FiguresAreThoseOfItsSheet) {
  const auto& sheet = GetParam();
  const auto found = figures(profile(sheet.name));
  EXPECT_EQ(found.raw_bytes >> 30, sheet.raw_gib);
  std::vector<std::int64_t> read;
  for (const auto time : found.read) {
    read.push_back(time.count());
  }
  EXPECT_EQ(read, sheet.read_nanos);
  ASSERT_FALSE(found.sequential_write.empty());
  const auto dies = std::find_if(found.sequential_write.begin(), found.sequential_write.end(),
                                 [](const Bound& bound) { return bound.resource == "dies"; });
  EXPECT_THAT(dies->per_second / 1e6,
              DoubleNear(sheet.sequential_write, sheet.sequential_write / 10'000));
  EXPECT_EQ(found.sequential_read.front().resource, sheet.bottleneck);
}

ssd::Command command(Opcode opcode, std::uint32_t lpn, std::uint32_t pages, Nanos time) {
  ssd::Command command;
  command.time = time;
  command.opcode = opcode;
  command.lpn = ssd::Lpn{lpn};
  command.pages = pages;
  return command;
}

Nanos only(ssd::Device& device, const ssd::Command& command) {
  device.submit(command);
  const auto* const completion = device.next();
  EXPECT_NE(completion, nullptr);
  return completion == nullptr ? Nanos{0} : completion->time - command.time;
}

/// Flash pages of every type in each plane, written one after another; returns the logical pages.
std::uint32_t write_some(ssd::Device& device, std::uint32_t rounds) {
  const auto& geometry = device.parameters().geometry;
  const auto per_page = geometry.slots_per_page();
  const auto pages = geometry.planes() * rounds * per_page;
  for (std::uint32_t lpn = 0; lpn < pages; lpn += per_page) {
    only(device, command(Opcode::kWrite, lpn, per_page, device.now()));
  }
  only(device, command(Opcode::kFlush, 0, 0, device.now()));
  while (device.next() != nullptr) {  // what is still being programmed
  }
  return pages;
}

TEST_P(Profile, AnIdleDeviceReadsInTheTimeOfItsFigures) {
  const auto parameters = profile(GetParam().name);
  ssd::Device device(parameters);
  const auto types = parameters.nand.cell_bits;
  const auto pages = write_some(device, types);
  const auto& flash = device.flash().translation();
  const auto expected = figures(parameters).read;
  std::vector<int> seen(types);
  for (std::uint32_t lpn = 0; lpn < pages; lpn += parameters.geometry.slots_per_page()) {
    const auto slot = flash.pages().find(ssd::Lpn{lpn});
    ASSERT_NE(slot, ssd::kNoSlot);
    const auto& addresses = flash.addresses();
    const auto type = addresses.page_of(addresses.offset_of(slot)) % types;
    ++seen[type];
    ASSERT_EQ(only(device, command(Opcode::kRead, lpn, 1, device.now())), expected[type]) << lpn;
  }
  EXPECT_THAT(seen, testing::Each(testing::Gt(0)));
}

TEST_P(Profile, AnIdleDeviceWritesInTheTimeOfItsFigures) {
  const auto parameters = profile(GetParam().name);
  const auto expected = figures(parameters);
  ssd::Device device(parameters);
  EXPECT_EQ(only(device, command(Opcode::kWrite, 0, 1, Nanos{0})),
            expected.buffered_write.value_or(expected.write[0]));
  auto unbuffered = parameters;
  unbuffered.buffer.pages = 0;
  ssd::Device other(unbuffered);
  EXPECT_EQ(only(other, command(Opcode::kWrite, 0, 1, Nanos{0})), expected.write[0]);
}

/// Commands a second, so many at a time.
template <class MakeCommand>
double throughput(ssd::Device& device, std::uint32_t depth, std::uint32_t commands,
                  MakeCommand make) {
  const auto begin = device.now();
  std::uint32_t submitted = 0;
  for (; submitted < depth; ++submitted) {
    device.submit(make(submitted, begin));
  }
  Nanos end = begin;
  while (const auto* const completion = device.next()) {
    end = completion->time;
    if (submitted < commands) {
      device.submit(make(submitted++, end));
    }
  }
  return commands / (static_cast<double>((end - begin).count()) * 1e-9);
}

TEST_P(Profile, ABusyDeviceWritesUpToTheBoundOfItsFigures) {
  auto parameters = profile(GetParam().name);
  parameters.buffer.pages = 0;  // which would take all of it
  const auto per_page = parameters.geometry.slots_per_page();
  const auto dies = parameters.geometry.dies();
  const auto bound = figures(parameters).sequential_write.front();
  ssd::Device device(parameters);
  const auto commands = dies * 200;
  const auto found = throughput(device, dies * 8, commands, [&](std::uint32_t i, Nanos now) {
    return command(Opcode::kWrite, i * per_page, per_page, now);
  });
  const auto share = found * parameters.geometry.page_bytes / bound.per_second;
  EXPECT_LE(share, 1.0001) << bound.resource;
  EXPECT_GE(share, 0.95) << bound.resource;
}

TEST_P(Profile, ABusyDeviceReadsUpToTheBoundOfItsFigures) {
  const auto parameters = profile(GetParam().name);
  ssd::Device device(parameters);
  const auto dies = parameters.geometry.dies();
  const auto pages = write_some(device, 12);
  const auto bound = figures(parameters).random_read.front();
  ssd::Random random(3);
  const auto found = throughput(device, dies * 64, dies * 2'000, [&](std::uint32_t, Nanos now) {
    return command(Opcode::kRead, random.below(pages), 1, now);
  });
  EXPECT_LE(found / bound.per_second, 1.02) << "the types of page are drawn";
  EXPECT_GE(found / bound.per_second, 0.85) << bound.resource;
}

TEST(Figures, OfCapacity) {
  const auto found = figures(profile("ref-a"));
  EXPECT_EQ(found.user_bytes, std::uint64_t{7} << 30);
  EXPECT_DOUBLE_EQ(found.spare_factor, 0.125);
  EXPECT_DOUBLE_EQ(found.over_provisioning, 1.0 / 7);
  EXPECT_EQ(found.buffered_write, std::nullopt);
  EXPECT_EQ(found.random_write_bytes, 4'096U);
  EXPECT_EQ(figures(profile("intel-750-like")).random_write_bytes, 4'096U);
}

TEST(Figures, OfWhatTakesNoTimeThereIsNoBound) {
  auto parameters = profile("toyssd");
  parameters.nand.read.fill(Nanos{0});
  EXPECT_THAT(figures(parameters).random_read, ElementsAre());
}

TEST(Figures, TheControllerMayBeTheBottleneck) {
  auto parameters = profile("ref-a");
  parameters.front_end.command_cost = Nanos{9'000};
  parameters.front_end.page_cost = Nanos{1'000};
  const auto found = figures(parameters);
  EXPECT_EQ(found.read[0], Nanos{59'812 + 10'000});
  EXPECT_EQ(found.random_read.front().resource, "controller");
  EXPECT_DOUBLE_EQ(found.random_read.front().per_second, 100'000);
}

}  // namespace
}  // namespace gantry::config
