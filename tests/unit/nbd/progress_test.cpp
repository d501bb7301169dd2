#include "nbd/progress.hpp"

#include <atomic>

#include <gtest/gtest.h>

namespace gantry::nbd {
namespace {

using realtime::Nanos;

TEST(ProgressLine, SaysWhatWasAskedForAndHowPunctualItWas) {
  const Traffic traffic{.reads = 3,
                        .read_bytes = 12'288,
                        .writes = 2,
                        .written_bytes = 1'000'000,
                        .trims = 4,
                        .flushes = 5};
  const realtime::Punctuality punctuality{.tolerance = Nanos{10'000},
                                          .delivered = 14,
                                          .late = 7,
                                          .total_lateness = Nanos{140'000},
                                          .worst_lateness = Nanos{60'000}};
  EXPECT_EQ(
      progress_line(traffic, punctuality),
      "3 reads of 12.3 kB, 2 writes of 1.00 MB, 4 trims, 5 flushes; 50.00 % later than 10 us, "
      "10.0 us late on average, 60 us at worst");
}

TEST(ProgressLine, IsThereBeforeTheFirstRequest) {
  EXPECT_EQ(progress_line({}, {.tolerance = Nanos{10'000}}),
            "0 reads of 0 B, 0 writes of 0 B, 0 trims, 0 flushes; 0.00 % later than 10 us, 0.0 us "
            "late on average, 0 us at worst");
}

TEST(ProgressLines, EndAtOnce) {
  std::atomic<int> asked{0};
  const auto begin = std::chrono::steady_clock::now();
  {
    const ProgressLines lines(std::chrono::seconds{1000}, [&] {
      ++asked;
      return std::string("line");
    });
  }
  EXPECT_LE(asked, 1);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds{100});
}

}  // namespace
}  // namespace gantry::nbd
