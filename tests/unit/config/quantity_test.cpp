#include "config/quantity.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ssd/random.hpp"

namespace gantry::config {
namespace {

std::uint64_t value(std::string_view text, Measure measure) {
  const auto parsed = parse_quantity(text, measure);
  EXPECT_TRUE(parsed) << text << ": " << parsed.error().what;
  return parsed ? *parsed : 0;
}

std::string failure(std::string_view text, Measure measure) {
  const auto parsed = parse_quantity(text, measure);
  EXPECT_FALSE(parsed) << text;
  return parsed ? "" : parsed.error().what;
}

TEST(Quantity, IsReadExactly) {
  EXPECT_EQ(value("3.5GB/s", Measure::kRate), 3'500'000'000U);
  EXPECT_EQ(value("unlimited", Measure::kRate), 0U);
  EXPECT_EQ(value("50us", Measure::kTime), 50'000U);
  EXPECT_EQ(value("1.2ms", Measure::kTime), 1'200'000U);
  EXPECT_EQ(value("8.192us", Measure::kTime), 8'192U);
  EXPECT_EQ(value("0ns", Measure::kTime), 0U);
  EXPECT_EQ(value("0.000000001s", Measure::kTime), 1U);
  EXPECT_EQ(value("4KiB", Measure::kSize), 4'096U);
  EXPECT_EQ(value("8GiB", Measure::kSize), 8'589'934'592U);
  EXPECT_EQ(value("1.5KiB", Measure::kSize), 1'536U);
  EXPECT_EQ(value("480GB", Measure::kSize), 480'000'000'000U);
  EXPECT_EQ(value("7%", Measure::kShare), 70'000U);
  EXPECT_EQ(value("50uJ", Measure::kEnergy), 50'000'000U);
  EXPECT_EQ(value("1.5mW", Measure::kPower), 1'500U);
  EXPECT_EQ(value("7.5268%", Measure::kShare), 75'268U);
  EXPECT_EQ(value("18446744073709551615B", Measure::kSize), ~std::uint64_t{0});
}

TEST(Quantity, WhatADoubleWouldRoundIsExact) {
  EXPECT_EQ(value("9007199254740993ns", Measure::kTime), 9'007'199'254'740'993U);
  EXPECT_EQ(value("9007199.254740993s", Measure::kTime), 9'007'199'254'740'993U);
}

TEST(Quantity, WhatIsNoneSaysWhy) {
  EXPECT_EQ(failure("0.5ns", Measure::kTime), "it is no whole number of ns");
  EXPECT_EQ(failure("0.1GiB", Measure::kSize), "it is no whole number of B");
  EXPECT_EQ(failure("7.00001%", Measure::kShare), "it has more than 4 decimals");
  EXPECT_EQ(failure("50", Measure::kTime), "its unit is none of ns, us, ms, s");
  EXPECT_EQ(failure("50 us", Measure::kTime), "its unit is none of ns, us, ms, s");
  EXPECT_EQ(failure("0.5pJ", Measure::kEnergy), "it is no whole number of pJ");
  EXPECT_EQ(failure("30mA", Measure::kPower), "its unit is none of uW, mW, W");
  EXPECT_EQ(failure("4kib", Measure::kSize),
            "its unit is none of B, kB, KiB, MB, MiB, GB, GiB, TB, TiB");
  EXPECT_EQ(failure("-1us", Measure::kTime), "it does not begin with a number");
  EXPECT_EQ(failure("", Measure::kTime), "it does not begin with a number");
  EXPECT_EQ(failure(".5us", Measure::kTime), "it does not begin with a number");
  EXPECT_EQ(failure("5.us", Measure::kTime), "it has no digit after the point");
  EXPECT_EQ(failure("18446744073709551616B", Measure::kSize), "it is too large");
  EXPECT_EQ(failure("99999999999999999999TiB", Measure::kSize), "it is too large");
  EXPECT_EQ(failure("1234567890123456789012345B", Measure::kSize), "it has more than 24 digits");
  EXPECT_EQ(failure("unlimited", Measure::kSize), "it does not begin with a number");
}

TEST(Quantity, IsWrittenShort) {
  EXPECT_EQ(format_quantity(1'200'000, Measure::kTime), "1.2ms");
  EXPECT_EQ(format_quantity(50'290, Measure::kTime), "50.29us");
  EXPECT_EQ(format_quantity(0, Measure::kTime), "0ns");
  EXPECT_EQ(format_quantity(1'000'000'007, Measure::kTime), "1000000007ns");
  EXPECT_EQ(format_quantity(3'500'000'000, Measure::kRate), "3.5GB/s");
  EXPECT_EQ(format_quantity(0, Measure::kRate), "unlimited");
  EXPECT_EQ(format_quantity(4'096, Measure::kSize), "4KiB");
  EXPECT_EQ(format_quantity(50'000'000, Measure::kEnergy), "50uJ");
  EXPECT_EQ(format_quantity(30'000, Measure::kPower), "30mW");
  EXPECT_EQ(format_quantity(98'304, Measure::kSize), "96KiB");
  EXPECT_EQ(format_quantity(511'272'906'752, Measure::kSize), "511272906752B");
  EXPECT_EQ(format_quantity(75'268, Measure::kShare), "7.5268%");
  EXPECT_EQ(format_quantity(5'000, Measure::kShare), "0.5%");
}

TEST(Quantity, WhatIsWrittenIsReadAsTheSame) {
  ssd::Random random(1);
  for (const auto measure : {Measure::kTime, Measure::kSize, Measure::kRate, Measure::kShare,
                             Measure::kEnergy, Measure::kPower}) {
    for (int i = 0; i < 20'000; ++i) {
      auto number = (std::uint64_t{random.below(0xffffffff)} << 32 | random.below(0xffffffff)) >>
                    random.below(64);
      for (auto zeros = random.below(6); zeros > 0 && number < (~std::uint64_t{0} / 1'000);
           --zeros) {
        number *= i % 2 == 0 ? 10 : 1'000;
      }
      const auto text = format_quantity(number, measure);
      ASSERT_EQ(value(text, measure), number) << text;
    }
  }
}

}  // namespace
}  // namespace gantry::config
