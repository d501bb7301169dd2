#include "base/progress.hpp"

#include <chrono>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::base {
namespace {

TEST(Progress, WorkOfLessThanASecondShowsNothing) {
  testing::internal::CaptureStderr();
  {
    const auto progress = make_progress("packing", 100);
    progress->advance(50);
    progress->advance(50);
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(Progress, ALogGetsPlainLines) {
  testing::internal::CaptureStderr();
  {
    const auto progress = make_progress("packing", 4'000'000);
    std::this_thread::sleep_for(std::chrono::milliseconds(1010));
    progress->advance(1'000'000);
    progress->advance(1'000'000);
  }
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              testing::MatchesRegex("packing: 1.00 MB of 4.00 MB \\(25 %\\), [0-9.]+ kB/s\n"));
}

}  // namespace
}  // namespace gantry::base
