#include "ssd/theory.hpp"

#include <array>
#include <cmath>

#include <gtest/gtest.h>

#include "reference_device.hpp"
#include "ssd/exponential.hpp"

namespace gantry::ssd::theory {
namespace {

/// Half of the last of three digits that a table prints.
constexpr double kDigit = 0.000501;

TEST(Exponential, IsThatOfTheMathematicalLibrary) {
  for (double x = 0; x > -40; x -= 0.0173) {
    EXPECT_NEAR(exponential(x) / std::exp(x), 1, 4e-15 * std::exp(-x) + 4e-14) << x;
  }
  for (double x = 1; x > 1e-16; x *= 0.91) {
    EXPECT_NEAR(logarithm(x), std::log(x), 1e-14) << x;
  }
}

struct Row {
  double spare;
  double fifo;
  std::array<double, 4> greedy;   // with 64, 128, 256, 512 slots a block
  std::array<double, 3> sampled;  // 2, 4, 10 of blocks with 256 slots
  double random;
};

// Computed with other programs, and checked by Monte Carlo simulations of blocks alone.
constexpr std::array<Row, 8> kTable{{
    {0.0654, 7.820, {7.012, 7.394, 7.599, 7.707}, {10.587, 8.644, 7.830}, 15.291},
    {0.07, 7.318, {6.615, 6.945, 7.124, 7.219}, {9.905, 8.096, 7.339}, 14.286},
    {0.125, 4.182, {3.949, 4.062, 4.120, 4.151}, {5.622, 4.641, 4.232}, 8.000},
    {0.20, 2.693, {2.599, 2.645, 2.668, 2.681}, {3.568, 2.978, 2.734}, 5.000},
    {0.2188, 2.481, {2.402, 2.441, 2.460, 2.471}, {3.274, 2.740, 2.520}, 4.570},
    {0.28, 1.992, {1.942, 1.967, 1.979, 1.985}, {2.591, 2.189, 2.023}, 3.571},
    {0.40, 1.480, {1.455, 1.467, 1.474, 1.477}, {1.864, 1.606, 1.501}, 2.500},
    {0.50, 1.255, {1.239, 1.247, 1.251, 1.253}, {1.531, 1.345, 1.270}, 2.000},
}};

TEST(Amplification, IsThatOfTheTable) {
  for (const auto& row : kTable) {
    SCOPED_TRACE(row.spare);
    const auto rho = 1 - row.spare;
    EXPECT_NEAR(fifo_victims(rho), row.fifo, kDigit);
    EXPECT_NEAR(random_victims(rho), row.random, kDigit);
    for (std::size_t i = 0; i < row.greedy.size(); ++i) {
      EXPECT_NEAR(greedy_victims(rho, 64U << i).amplification, row.greedy[i], kDigit) << i;
    }
    constexpr std::array<std::uint32_t, 3> kChoices{2, 4, 10};
    for (std::size_t i = 0; i < row.sampled.size(); ++i) {
      EXPECT_NEAR(sampled_victims(rho, 256, kChoices[i]).amplification, row.sampled[i], kDigit);
    }
  }
}

TEST(Amplification, OfOneChoiceIsThatOfAnyAndOfManyThatOfTheBest) {
  EXPECT_NEAR(sampled_victims(0.8, 64, 1).amplification, random_victims(0.8), 1e-9);
  EXPECT_NEAR(sampled_victims(0.8, 64, 10'000).amplification, greedy_victims(0.8, 64).amplification,
              0.002);
  EXPECT_NEAR(greedy_victims(0.8, 100'000).amplification, fifo_victims(0.8), 0.0005)
      << "large blocks are all alike";
}

TEST(Amplification, TailsSumUpToTheLoad) {
  for (const double rho : {0.5, 0.72, 0.93}) {
    for (const auto& field : {greedy_victims(rho, 128), sampled_victims(rho, 128, 4)}) {
      double sum = 0;
      for (std::size_t i = 1; i < field.at_least.size(); ++i) {
        EXPECT_LE(field.at_least[i], field.at_least[i - 1]);
        sum += field.at_least[i];
      }
      EXPECT_EQ(field.at_least[0], 1);
      EXPECT_NEAR(sum, rho * 128, 1e-9);
    }
  }
}

TEST(Amplification, OfHotAndColdIsThatOfTheTable) {
  constexpr HotCold kFew{0.2, 0.8};
  constexpr HotCold kFewer{0.1, 0.9};
  constexpr std::array<std::array<double, 5>, 4> kRows{{{0.07, 7.682, 8.358, 4.935, 3.093},
                                                        {0.125, 4.537, 5.131, 2.938, 1.987},
                                                        {0.20, 3.034, 3.533, 1.998, 1.481},
                                                        {0.28, 2.317, 2.727, 1.563, 1.257}}};
  for (const auto& [spare, few, fewer, few_apart, fewer_apart] : kRows) {
    SCOPED_TRACE(spare);
    EXPECT_NEAR(fifo_mixed(1 - spare, kFew), few, kDigit);
    EXPECT_NEAR(fifo_mixed(1 - spare, kFewer), fewer, kDigit);
    EXPECT_NEAR(fifo_separated(1 - spare, kFew), few_apart, kDigit);
    EXPECT_NEAR(fifo_separated(1 - spare, kFewer), fewer_apart, kDigit);
  }
  EXPECT_NEAR(fifo_mixed(0.8, {0.3, 0.3}), fifo_victims(0.8), 1e-9) << "all is as hot";
}

TEST(Amplification, OfTrimsIsThatOfTheTable) {
  constexpr std::array<std::array<double, 2>, 4> kRows{
      {{0.1, 2.427}, {0.2, 1.664}, {0.3, 1.251}, {0.4, 1.036}}};
  for (const auto& [trims, expected] : kRows) {
    EXPECT_NEAR(greedy_victims(rho_with_trims(0.875, trims), 256).amplification, expected, kDigit);
  }
}

TEST(Amplification, BlocksHeldBackCount) {
  Parameters parameters;
  parameters.geometry.blocks_per_plane = 256;
  parameters.logical_pages =
      parameters.geometry.planes() * parameters.geometry.slots_per_block() / 8 * 7 * 256;
  parameters.collection.generations = 0;
  EXPECT_NEAR(rho_of(parameters), 0.875 * 256 / 253, 1e-12);
  parameters.collection.start_below = 12;
  EXPECT_NEAR(rho_of(parameters), 0.918, kDigit);
  EXPECT_NEAR(greedy_victims(rho_of(parameters), 256).amplification, 6.135, kDigit);
}

TEST(MD1, WaitsAreThoseOfTheTable) {
  EXPECT_NEAR(50 * (1 + Md1(0.25).mean_wait()), 58.33, 0.005);
  EXPECT_NEAR(50 * (1 + Md1(0.5).mean_wait()), 75.00, 0.005);
  EXPECT_NEAR(Md1(0.7).wait_quantile(0.5), 0.730, kDigit);
  EXPECT_NEAR(Md1(0.8).wait_quantile(0.5), 1.276, kDigit);
  constexpr std::array<std::array<double, 4>, 4> kRows{{{0.3, 0.838, 1.891, 3.023},
                                                        {0.5, 1.516, 3.336, 5.168},
                                                        {0.7, 3.077, 6.485, 9.894},
                                                        {0.8, 5.012, 10.356, 15.700}}};
  for (const auto& [load, p90, p99, p999] : kRows) {
    const Md1 queue(load);
    EXPECT_NEAR(queue.wait_quantile(0.9), p90, kDigit) << load;
    EXPECT_NEAR(queue.wait_quantile(0.99), p99, kDigit) << load;
    EXPECT_NEAR(queue.wait_quantile(0.999), p999, kDigit) << load;
    EXPECT_NEAR(queue.wait_up_to(0), 1 - load, 1e-12);
  }
}

TEST(ServiceTime, IsThatOfTheReferenceDevice) {
  const auto parameters = reference_a();
  EXPECT_EQ(read_time(parameters), Nanos{59'812});
  EXPECT_EQ(write_time(parameters), Nanos{609'812});
}

TEST(ServiceTime, BoundsAreThoseOfTheReferenceDevice) {
  auto parameters = reference_a();
  parameters.nand.command = Nanos{0};  // as the bounds were computed
  EXPECT_NEAR(most_reads(parameters), 549'900, 50);
  EXPECT_NEAR(most_sequential_writes(parameters) * 4096, 215.5e6, 0.05e6);
  EXPECT_NEAR(most_random_writes(parameters, 4.12), 11'698, 0.5);
  EXPECT_NEAR(most_random_writes(parameters, 2.668), 18'275, 1.5);
  EXPECT_NEAR(most_random_writes(parameters, 7.124), 6'705, 0.5);
  parameters.nand.read = {Nanos{1'000}};
  EXPECT_NEAR(most_reads(parameters), 751'880, 1) << "the link";
  parameters.link.bytes_per_second = 0;
  EXPECT_NEAR(most_reads(parameters), 976'600, 50) << "the channels";
}

}  // namespace
}  // namespace gantry::ssd::theory
