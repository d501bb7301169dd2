#include "nbd/transport.hpp"

#include <gtest/gtest.h>

namespace gantry::nbd {
namespace {

using realtime::Nanos;

TEST(Transport, IsWhatWasGiven) {
  Transport transport(Nanos{15'000});
  for (int request = 0; request < 1000; ++request) {
    transport.observe(Nanos{40'000});
  }
  EXPECT_EQ(transport.credit(), Nanos{15'000});
  EXPECT_FALSE(transport.is_estimated());
}

TEST(Transport, IsTheMedianOfWhatWasObserved) {
  Transport transport(std::nullopt);
  EXPECT_EQ(transport.credit(), Nanos{0});
  for (int request = 0; request < 3000; ++request) {
    transport.observe(request % 5 == 0 ? Nanos{45'000} : Nanos{12'000 + request % 3});
  }
  EXPECT_NEAR(static_cast<double>(transport.credit().count()), 12'000, 200);
}

TEST(Transport, DoesNotTakeAClientsThinkingForIt) {
  Transport transport(std::nullopt);
  for (int request = 0; request < 3000; ++request) {
    transport.observe(Nanos{1'000'000});
  }
  EXPECT_EQ(transport.credit(), Nanos{0});
}

TEST(Transport, IsNeverNegative) {
  Transport transport(std::nullopt);
  for (int request = 0; request < 10; ++request) {
    transport.observe(Nanos{0});
  }
  EXPECT_EQ(transport.credit(), Nanos{0});
}

}  // namespace
}  // namespace gantry::nbd
