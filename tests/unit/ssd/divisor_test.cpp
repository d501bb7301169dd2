#include "ssd/divisor.hpp"

#include <gtest/gtest.h>

#include "ssd/random.hpp"

namespace gantry::ssd {
namespace {

TEST(Divisor, DividesLikeTheProcessor) {
  Random random(1);
  for (const std::uint32_t value : {1U, 2U, 3U, 7U, 10U, 255U, 256U, 641U, 65'537U, 0x7fffffffU,
                                    0x80000000U, 0x80000001U, 0xfffffffeU, 0xffffffffU}) {
    const Divisor divisor(value);
    const auto check = [&](std::uint32_t number) {
      ASSERT_EQ(divisor.quotient(number), number / value) << number << " / " << value;
      ASSERT_EQ(divisor.remainder(number), number % value) << number << " % " << value;
    };
    for (const std::uint32_t number :
         {0U, 1U, value - 1, value, value + 1, 0xfffffffeU, 0xffffffffU}) {
      check(number);
    }
    for (int draw = 0; draw < 10'000; ++draw) {
      check(static_cast<std::uint32_t>(random.next()));
    }
  }
}

TEST(Random, IsThatOfItsAuthors) {
  // xoshiro256** from the state that splitmix64 gives for the seed 0, by the reference programs.
  Random random(0);
  EXPECT_EQ(random.next(), 0x99ec5f36cb75f2b4U);
  EXPECT_EQ(random.next(), 0xbf6e1f784956452aU);
  EXPECT_EQ(random.next(), 0x1a5f849d4933e6e0U);
}

TEST(Random, StaysBelowItsLimit) {
  Random random(2);
  std::uint32_t seen = 0;
  for (int draw = 0; draw < 1'000; ++draw) {
    const auto number = random.below(5);
    ASSERT_LT(number, 5U);
    seen |= 1U << number;
    const auto unit = random.unit();
    ASSERT_TRUE(unit >= 0 && unit < 1) << unit;
  }
  EXPECT_EQ(seen, 0b11111U);
}

}  // namespace
}  // namespace gantry::ssd
