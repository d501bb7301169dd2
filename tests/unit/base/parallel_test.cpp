#include "base/parallel.hpp"

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace gantry::base {
namespace {

TEST(Parallel, CallsEveryIndexOnce) {
  std::vector<std::atomic<int>> calls(1000);
  ASSERT_TRUE(parallel_for(calls.size(), 8, [&](std::size_t i) -> Result<void> {
    ++calls[i];
    return {};
  }));
  for (const auto& count : calls) {
    EXPECT_EQ(count, 1);
  }
  EXPECT_TRUE(parallel_for(0, 0, [](std::size_t) -> Result<void> {
    return Error{"never", "", ""};
  }));
}

TEST(Parallel, ReturnsTheErrorOfTheLowestIndexWhateverComesFirst) {
  for (int round = 0; round < 20; ++round) {
    const auto result = parallel_for(8, 4, [](std::size_t i) -> Result<void> {
      if (i == 1) {
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
      }
      if (i == 1 || i == 2 || i == 3) {
        return Error{std::to_string(i), "", ""};
      }
      return {};
    });
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().what, "1");
  }
}

}  // namespace
}  // namespace gantry::base
