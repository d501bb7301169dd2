#include "nbd/forced_end.hpp"

#include <atomic>
#include <csignal>
#include <thread>

#include <gtest/gtest.h>

namespace gantry::nbd {
namespace {

using namespace std::chrono_literals;

std::atomic<int> handled{0};

/// As nbdkit does it.
class ForcedEndTest : public testing::Test {
 protected:
  ForcedEndTest() {
    struct sigaction action {};
    action.sa_handler = [](int) { ++handled; };
    sigaction(SIGTERM, &action, &before_);
    handled = 0;
  }
  ~ForcedEndTest() override { sigaction(SIGTERM, &before_, nullptr); }

  std::atomic<int> acts_{0};
  struct sigaction before_ {};
};

TEST_F(ForcedEndTest, ActsIfTheProcessHasNotEndedAWhileAfterTheSignal) {
  const ForcedEnd forced_end(20ms, [this] { ++acts_; });
  std::this_thread::sleep_for(40ms);
  EXPECT_EQ(acts_, 0);
  const auto begin = std::chrono::steady_clock::now();
  std::raise(SIGTERM);
  EXPECT_EQ(handled, 1);
  while (acts_ == 0) {
    std::this_thread::sleep_for(1ms);
  }
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 20ms);
}

TEST_F(ForcedEndTest, DoesNothingIfTheProcessEndsByItself) {
  {
    const ForcedEnd forced_end(10h, [this] { ++acts_; });
    std::raise(SIGTERM);
    std::raise(SIGTERM);
  }
  // What is left of the signals is not the next one's.
  {
    const ForcedEnd forced_end(0ms, [this] { ++acts_; });
  }
  EXPECT_EQ(acts_, 0);
  EXPECT_EQ(handled, 2);
  std::raise(SIGTERM);
  EXPECT_EQ(handled, 3);
}

}  // namespace
}  // namespace gantry::nbd
