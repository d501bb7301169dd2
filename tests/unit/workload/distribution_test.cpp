#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "ssd/random.hpp"
#include "statistics.hpp"
#include "workload/addresses.hpp"
#include "workload/exponential.hpp"
#include "workload/fixed_point.hpp"
#include "workload/zipf.hpp"

namespace gantry::workload {
namespace {

TEST(FixedPoint, IsTheLogarithmOfTheLibrary) {
  for (const std::uint64_t number : {1ULL, 2ULL, 3ULL, 7ULL, 1000ULL, 4'294'967'295ULL}) {
    const auto exact = std::log2(static_cast<long double>(number));
    const auto said = std::ldexp(static_cast<long double>(log2_fixed(number)), -56);
    EXPECT_LT(std::fabs(said - exact), 0x1p-52L) << number;
  }
  static_assert(log2_fixed(1024) == std::uint64_t{10} << kLogBits);
}

TEST(FixedPoint, IsThePowerOfTheLibrary) {
  for (const double exponent : {0.0, 0.001, 0.5, 1.0, 3.14159, 31.99, 62.0}) {
    const auto fixed = static_cast<std::uint64_t>(std::ldexp(exponent, 56));
    const auto said = std::ldexp(static_cast<long double>(exp2_fixed(fixed)), -63);
    const auto exact = std::exp2(-static_cast<long double>(exponent));
    EXPECT_LT(std::fabs(said - exact), 0x1p-56L) << exponent;
  }
  EXPECT_EQ(exp2_fixed(ssd::Wide{64} << kLogBits), 0U);
}

void expect_zipf(std::uint32_t ranks, std::uint32_t exponent_milli) {
  SCOPED_TRACE(testing::Message() << ranks << " ranks, exponent " << exponent_milli);
  const Zipf zipf(ranks, exponent_milli);
  ssd::Random random(ranks + exponent_milli);
  constexpr int kDraws = 1'000'000;
  std::vector<std::uint64_t> seen(ranks);
  for (int i = 0; i < kDraws; ++i) {
    const auto rank = zipf.next(random);
    ASSERT_GE(rank, 1U);
    ASSERT_LE(rank, ranks);
    ++seen[rank - 1];
  }
  std::vector<double> expected(ranks);
  double total = 0;
  for (std::uint32_t rank = 1; rank <= ranks; ++rank) {
    total += expected[rank - 1] = std::pow(rank, exponent_milli / -1000.0);
  }
  for (auto& count : expected) {
    count *= kDraws / total;
  }
  EXPECT_LT(std::fabs(chi_square_deviation(seen, expected)), 3.5);
}

TEST(Zipf, DrawsTheExactDistribution) {
  expect_zipf(2, 1000);
  expect_zipf(100, 1000);
  expect_zipf(10'000, 0);
  expect_zipf(10'000, 800);
  expect_zipf(10'000, 1000);
  expect_zipf(10'000, 1200);
  expect_zipf(100'000, 990);
  expect_zipf(100'000, 3000);
}

TEST(Zipf, DrawsTheSameEverywhere) {
  const Zipf zipf(1'000'000, 990);
  ssd::Random random(7);
  std::uint64_t hash = 0;
  for (int i = 0; i < 100'000; ++i) {
    hash = hash * 0x9e3779b97f4a7c15 + zipf.next(random);
  }
  EXPECT_EQ(hash, 257080739424957364U);
}

TEST(Zipf, TakesAllRanksThatThereAre) {
  const Zipf zipf(4'294'967'295U, 100);
  ssd::Random random(3);
  std::uint32_t most = 0;
  for (int i = 0; i < 1000; ++i) {
    most = std::max(most, zipf.next(random));
  }
  EXPECT_GT(most, 4'000'000'000U);
  EXPECT_EQ(Zipf(1, 1000).next(random), 1U);
}

TEST(Exponential, HasItsMeanVarianceAndShape) {
  ssd::Random random(11);
  constexpr int kDraws = 1'000'000;
  constexpr int kCells = 200;  // of a twentieth of the mean
  std::vector<std::uint64_t> seen(kCells);
  std::vector<double> expected(kCells);
  double sum = 0;
  double squares = 0;
  for (int i = 0; i < kDraws; ++i) {
    const auto value = std::ldexp(static_cast<double>(ExponentialGaps::draw(random)), -57);
    sum += value;
    squares += value * value;
    ++seen[std::min<std::size_t>(static_cast<std::size_t>(value * 20), kCells - 1)];
  }
  for (int cell = 0; cell < kCells; ++cell) {
    expected[static_cast<std::size_t>(cell)] =
        kDraws * (std::exp(-cell / 20.0) - (cell == kCells - 1 ? 0 : std::exp(-(cell + 1) / 20.0)));
  }
  const auto mean = sum / kDraws;
  EXPECT_NEAR(mean, 1, 0.004);
  EXPECT_NEAR(squares / kDraws - mean * mean, 1, 0.012);
  EXPECT_LT(std::fabs(chi_square_deviation(seen, expected)), 3.5);
}

TEST(Exponential, GapsLoseNoTime) {
  ssd::Random random(12);
  ExponentialGaps gaps(3'000'000);  // a mean of 333 1/3 ns, cut off to whole ones each time
  std::int64_t time = 0;
  for (int i = 0; i < 3'000'000; ++i) {
    time += gaps.next(random).count();
  }
  EXPECT_NEAR(static_cast<double>(time), 1e9, 2e6);
}

std::vector<std::uint64_t> count_blocks(const AddressPattern& pattern, std::uint32_t blocks,
                                        int draws) {
  Addresses addresses(pattern, ssd::Lpn{1000}, blocks * 8, 8);
  ssd::Random random(5);
  std::vector<std::uint64_t> seen(blocks);
  for (int i = 0; i < draws; ++i) {
    const auto page = ssd::index(addresses.next(random)) - 1000;
    EXPECT_EQ(page % 8, 0U);
    ++seen.at(page / 8);
  }
  return seen;
}

TEST(Addresses, UniformIsUniform) {
  const auto seen = count_blocks({}, 1000, 100'000);
  EXPECT_LT(std::fabs(chi_square_deviation(seen, std::vector<double>(1000, 100))), 3.5);
}

TEST(Addresses, SequentialGoesRound) {
  const auto seen = count_blocks({.kind = AddressPattern::Kind::kSequential}, 100, 250);
  EXPECT_EQ(seen[0], 3U);
  EXPECT_EQ(seen[49], 3U);
  EXPECT_EQ(seen[50], 2U);
}

TEST(Addresses, ZipfReachesEveryBlockAndIsStrewn) {
  const AddressPattern pattern{.kind = AddressPattern::Kind::kZipf, .exponent_milli = 1000};
  auto seen = count_blocks(pattern, 64, 100'000);
  EXPECT_EQ(std::count(seen.begin(), seen.end(), 0U), 0);
  const auto hottest = std::max_element(seen.begin(), seen.end());
  EXPECT_EQ(hottest - seen.begin(), 0);
  *hottest = 0;
  EXPECT_GT(std::max_element(seen.begin(), seen.end()) - seen.begin(), 8) << "not the neighbour";
}

TEST(Addresses, TheHotPartHasItsShare) {
  const AddressPattern pattern{
      .kind = AddressPattern::Kind::kHotCold, .hot_traffic = 900, .hot_space = 100};
  const auto seen = count_blocks(pattern, 1000, 100'000);
  std::vector<double> expected(1000, 10'000.0 / 900);
  std::fill_n(expected.begin(), 100, 900.0);
  EXPECT_LT(std::fabs(chi_square_deviation(seen, expected)), 3.5);
}

}  // namespace
}  // namespace gantry::workload
