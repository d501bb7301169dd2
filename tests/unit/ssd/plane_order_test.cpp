#include "ssd/plane_order.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace gantry::ssd {
namespace {

constexpr Geometry kSmall{
    .channels = 2, .chips_per_channel = 3, .dies_per_chip = 2, .planes_per_die = 2};

std::vector<std::uint32_t> numbers(const std::array<char, 4>& order) {
  std::vector<std::uint32_t> result;
  for (const auto plane : plane_order(kSmall, order)) {
    result.push_back(index(plane));
  }
  return result;
}

TEST(PlaneOrder, ChannelsFirstIsTheNumbering) {
  const auto planes = numbers({'C', 'W', 'D', 'P'});
  for (std::uint32_t at = 0; at < planes.size(); ++at) {
    EXPECT_EQ(planes[at], at);
  }
}

TEST(PlaneOrder, PlanesFirstStaysOnADie) {
  const auto planes = numbers({'P', 'D', 'W', 'C'});
  EXPECT_EQ(planes[0], 0U);
  EXPECT_EQ(planes[1], 12U) << "the other plane of die 0";
  EXPECT_EQ(planes[2], 6U) << "the other die of the chip";
  EXPECT_EQ(planes[4], 2U) << "the next chip of the channel";
  EXPECT_EQ(planes[12], 1U) << "the next channel";
}

TEST(PlaneOrder, EachOfThe24NamesEveryPlaneOnce) {
  std::array<char, 4> order{'C', 'D', 'P', 'W'};
  int orders = 0;
  do {
    auto planes = numbers(order);
    std::sort(planes.begin(), planes.end());
    for (std::uint32_t at = 0; at < planes.size(); ++at) {
      ASSERT_EQ(planes[at], at);
    }
    ++orders;
  } while (std::next_permutation(order.begin(), order.end()));
  EXPECT_EQ(orders, 24);
}

}  // namespace
}  // namespace gantry::ssd
