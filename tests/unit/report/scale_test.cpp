#include "report/scale.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::report {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;

TEST(Scale, LinearAndLogarithmicMapTheirEnds) {
  const Scale linear(Scale::Kind::kLinear, 0, 50, 200, 0);
  EXPECT_EQ(linear(0), 200);
  EXPECT_EQ(linear(25), 100);
  EXPECT_EQ(linear(50), 0);
  const Scale logarithmic(Scale::Kind::kLogarithmic, 10, 1000, 0, 100);
  EXPECT_NEAR(logarithmic(100), 50, 1e-9);
}

TEST(Scale, NinesAreEquallyFarApart) {
  const Scale nines(Scale::Kind::kNines, 0, 0.999, 0, 30);
  EXPECT_NEAR(nines(0), 0, 1e-9);
  EXPECT_NEAR(nines(0.9), 10, 1e-9);
  EXPECT_NEAR(nines(0.99), 20, 1e-9);
  EXPECT_NEAR(nines(1), 30, 1e-9);
}

TEST(Scale, StaysWithinItsAxis) {
  for (const auto kind : {Scale::Kind::kLinear, Scale::Kind::kLogarithmic}) {
    const Scale scale(kind, 1, 10, 0, 100);
    EXPECT_EQ(scale(-5), 0);
    EXPECT_EQ(scale(1e30), 100);
  }
  EXPECT_EQ(Scale(Scale::Kind::kLinear, 3, 3, 7, 9)(3), 7);
}

TEST(Scale, LinearTicksAreRound) {
  EXPECT_THAT(linear_ticks(31'000, 4), ElementsAre(0, 10'000, 20'000, 30'000, 40'000));
  EXPECT_THAT(linear_ticks(1, 5),
              ElementsAre(0, DoubleNear(0.2, 1e-12), DoubleNear(0.4, 1e-12), DoubleNear(0.6, 1e-12),
                          DoubleNear(0.8, 1e-12), DoubleNear(1, 1e-12)));
  EXPECT_THAT(linear_ticks(8, 4), ElementsAre(0, 2, 4, 6, 8));
  EXPECT_THAT(linear_ticks(0, 4), ElementsAre(0, 1));
  EXPECT_THAT(linear_ticks(5e-324, 4), ElementsAre(0, 1));
}

TEST(Scale, LinearTicksAreFewAndReachTheMost) {
  for (double most = 1e-6; most < 1e12; most *= 1.37) {
    const auto ticks = linear_ticks(most, 4);
    EXPECT_LE(ticks.size(), 5U) << most;
    EXPECT_GE(ticks.size(), 2U) << most;
    EXPECT_GE(ticks.back(), most * (1 - 1e-9));
    EXPECT_LT(ticks[ticks.size() - 2], most);
  }
}

TEST(Scale, LogarithmicTicksArePowersOfTenUnlessThoseAreFew) {
  EXPECT_THAT(logarithmic_ticks(9, 11'000), ElementsAre(10, 100, 1000, 10'000));
  EXPECT_THAT(logarithmic_ticks(90, 600), ElementsAre(100, 200, 500));
  EXPECT_THAT(logarithmic_ticks(10, 10), ElementsAre(10, 100));
  EXPECT_THAT(logarithmic_ticks(30, 40), ElementsAre(10, 100));
}

}  // namespace
}  // namespace gantry::report
