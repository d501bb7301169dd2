#include "report/quantity.hpp"

#include <gtest/gtest.h>

namespace gantry::report {
namespace {

TEST(Quantity, ProseHasThreeOrFourDigitsAndAUnit) {
  EXPECT_EQ(text_of(59812, Unit::kNanos), "59.81 µs");
  EXPECT_EQ(text_of(999, Unit::kNanos), "999 ns");
  EXPECT_EQ(text_of(426'000, Unit::kNanos), "426.0 µs");
  EXPECT_EQ(text_of(15'204'351, Unit::kNanos), "15.20 ms");
  EXPECT_EQ(text_of(7'200e9, Unit::kNanos), "7,200 s");
  EXPECT_EQ(text_of(0, Unit::kNanos), "0 ns");
  EXPECT_EQ(text_of(118'384'640, Unit::kBytesPerSecond), "118.4 MB/s");
  EXPECT_EQ(text_of(1'956'200'000, Unit::kBytesPerSecond), "1.96 GB/s");
  EXPECT_EQ(text_of(477'583.4, Unit::kIops), "477,583 IOPS");
  EXPECT_EQ(text_of(3.25, Unit::kIops), "3.25 IOPS");
  EXPECT_EQ(text_of(0.8764, Unit::kShare), "87.6 %");
  EXPECT_EQ(text_of(4.61507, Unit::kFactor), "4.615");
  EXPECT_EQ(text_of(1234567, Unit::kCount), "1,234,567");
  EXPECT_EQ(text_of(2.5e12, Unit::kPicojoules), "2.50 J");
  EXPECT_EQ(text_of(4096, Unit::kBytes), "4.10 kB");
}

TEST(Quantity, ThousandsAreApart) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(18446744073709551615U), "18,446,744,073,709,551,615");
  EXPECT_EQ(fixed(-1234.56, 1), "-1,234.6");
  EXPECT_EQ(fixed(-123, 0), "-123");
  EXPECT_EQ(fixed(1e300, 2), "1e+300");
}

TEST(Quantity, ExactReadsAsTheSame) {
  EXPECT_EQ(exact(57805), "57805");
  EXPECT_EQ(exact(28902.5), "28902.5");
  EXPECT_EQ(std::stod(exact(4.6150716332378225)), 4.6150716332378225);
  EXPECT_EQ(std::stod(exact(1e-300)), 1e-300);
}

TEST(Quantity, AColumnHasOneUnit) {
  EXPECT_EQ(time_scaling(20, 900).unit, "ns");
  EXPECT_EQ(text_of(15'204'351, time_scaling(59'812, 37'791'060)), "15,204.4");
  EXPECT_EQ(text_of(59'812, time_scaling(59'812, 90'000)), "59.81");
  EXPECT_EQ(text_of(15'204'351, time_scaling(12e6, 40e6)), "15.20");
  EXPECT_EQ(bandwidth_scaling(2e9).unit, "MB/s");
  EXPECT_EQ(bandwidth_scaling(2e10).unit, "GB/s");
}

}  // namespace
}  // namespace gantry::report
