#include "config/validation.hpp"

#include <bit>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/key_table.hpp"
#include "ssd/device.hpp"
#include "ssd/random.hpp"

namespace gantry::config {
namespace {

using ssd::Nanos;
using ssd::Parameters;
using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;

Parameters good() {
  Parameters parameters;
  parameters.logical_pages = 1'000'000;
  return parameters;
}

/// A number in [least, most], of which the small ones are as likely as the large ones.
std::uint64_t draw(ssd::Random& random, std::uint64_t least, std::uint64_t most) {
  const auto number = (std::uint64_t{random.below(0xffffffff)} << 32 | random.below(0xffffffff)) >>
                      random.below(64);
  const auto width = most - least;
  return least + (width == ~std::uint64_t{0} ? number : number % (width + 1));
}

/// Any values that keys may have, whether they fit together or not.
Description any_description(ssd::Random& random) {
  Description description;
  for (const auto& key : keys()) {
    if (key.set != nullptr && key.get != nullptr) {
      const bool is_number =
          key.form.pointer.starts_with("/geometry") && key.form.kind == Kind::kCount;
      const auto most = is_number ? std::min<std::uint64_t>(key.form.most, 64) : key.form.most;
      auto value = draw(random, key.form.least, most);
      if (key.form.pointer.ends_with("_size") || key.form.pointer.ends_with("_unit")) {
        value = std::bit_floor(value);
      }
      key.set(description, value);
    }
  }
  auto& parameters = description.parameters;
  for (auto* const times : {&parameters.nand.read, &parameters.nand.program}) {
    times->fill(Nanos{0});
    for (std::uint32_t type = 0; type < parameters.nand.cell_bits; ++type) {
      (*times)[type] = Nanos{static_cast<std::int64_t>(draw(random, 0, kLongestTime))};
    }
  }
  parameters.front_end.queues.assign(1 + random.below(8), {});
  for (auto& queue : parameters.front_end.queues) {
    queue = {static_cast<std::uint32_t>(1 + random.below(9)), random.below(2) == 0};
  }
  const auto& geometry = parameters.geometry;
  parameters.collection.start_below = 2 + random.below(4);
  parameters.collection.idle_below = random.below(5);
  const auto slots = std::max<std::uint64_t>(
      std::uint64_t{geometry.planes()} * geometry.pages_per_block * geometry.slots_per_page(), 1);
  parameters.logical_pages = static_cast<std::uint32_t>(draw(random, 1, slots));
  parameters.buffer.pages =
      random.below(2) == 0 ? 0 : std::max(geometry.slots_per_page(), random.below(10'000));
  description.name = "\xc3\xa4\"\\\n";
  return description;
}

TEST(Validation, WhatIsGoodHasNoProblem) {
  EXPECT_THAT(validate(good()), IsEmpty());
}

TEST(Validation, WhatIsGoodIsWrittenAndReadAsTheSame) {
  ssd::Random random(7);
  int good_ones = 0;
  for (int i = 0; i < 5'000; ++i) {
    const auto description = any_description(random);
    if (!validate(description.parameters).empty()) {
      continue;
    }
    ++good_ones;
    const auto text = write(description);
    const auto reading = read(text);
    ASSERT_THAT(reading.problems, IsEmpty()) << text;
    ASSERT_EQ(reading.description, description) << text;
  }
  EXPECT_GT(good_ones, 200);
}

TEST(Validation, ADeviceIsOfWhatHasNoProblem) {
  ssd::Random random(8);
  int built = 0;
  while (built < 200) {
    const auto parameters = any_description(random).parameters;
    if (parameters.geometry.slots() > 1'000'000 || parameters.geometry.dies() > 1'000 ||
        !validate(parameters).empty()) {
      continue;
    }
    ++built;
    ssd::Device device(parameters);
    ssd::Command command;
    command.opcode = ssd::Opcode::kWrite;
    command.pages = 1;
    for (std::uint32_t i = 0; i < 200; ++i) {
      command.lpn = ssd::Lpn{random.below(parameters.logical_pages)};
      command.time = device.now();
      device.submit(command);
      ASSERT_NE(device.next(), nullptr);
    }
  }
}

TEST(Validation, ParametersThatNoDescriptionHasAreProblems) {
  auto parameters = good();
  parameters.nand.read[1] = Nanos{1};
  EXPECT_THAT(validate(parameters),
              ElementsAre(Problem{"/nand/read/1", "a cell of 1 bits has no such type of page"}));
  parameters = good();
  parameters.nand.program[0] = Nanos{-1};
  EXPECT_THAT(validate(parameters),
              ElementsAre(Problem{"/nand/program/0",
                                  "expected a time from 0ns to 1000s, such as \"600us\", found "
                                  "-1ns"}));
  parameters = good();
  parameters.plane_order = {'C', 'C', 'D', 'P'};
  EXPECT_THAT(validate(parameters),
              ElementsAre(Problem{"/allocation/order",
                                  "expected the letters of \"CWDP\" in any order, found none of "
                                  "them"}));
  parameters = good();
  parameters.front_end.queues.clear();
  EXPECT_THAT(validate(parameters),
              ElementsAre(Problem{"/front_end/queues", "expected 1 to 64 queues, found 0"}));
  parameters = good();
  parameters.front_end.queues[0].weight = 0;
  EXPECT_THAT(validate(parameters),
              ElementsAre(Field(&Problem::pointer, "/front_end/queues/0/weight")));
  parameters = good();
  parameters.nand.cell_bits = 5;
  EXPECT_THAT(validate(parameters),
              ElementsAre(Problem{"/nand/cell",
                                  "expected one of \"SLC\", \"MLC\", \"TLC\", \"QLC\", found none "
                                  "of them"}));
  parameters = good();
  parameters.geometry.mapping_bytes = 0;
  EXPECT_THAT(validate(parameters),
              testing::Contains(Field(&Problem::pointer, "/geometry/mapping_unit")));
}

TEST(Validation, ProductsDoNotOverflow) {
  auto parameters = good();
  parameters.geometry = {1'024, 64, 1, 4, 1 << 24, 1 << 16, 4'194'304, 4'096};
  EXPECT_THAT(
      validate(parameters),
      ElementsAre(Problem{"/geometry", "more than 4294967294 logical pages, spare ones included"}));
}

}  // namespace
}  // namespace gantry::config
