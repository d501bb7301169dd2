#include "base/memory.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace gantry::base {
namespace {

TEST(Memory, IsWhatTheSystemCanGive) {
  EXPECT_EQ(available_in("MemTotal:       24000000 kB\nMemFree: 1 kB\nMemAvailable:   23000000 kB\n"
                         "SwapTotal: 9 kB\nSwapFree:        1000 kB\n"),
            23'001'000ULL * 1024);
  EXPECT_EQ(available_in("MemAvailable: 1 kB\n"), 1024U);
  EXPECT_FALSE(available_in("MemTotal: 1 kB\n"));
  EXPECT_FALSE(available_in("MemAvailable: much kB\n"));
  EXPECT_FALSE(available_in("MemAvailable: kB"));
}

TEST(Memory, IsNoMoreThanTheLimitOfTheProcess) {
  const auto unlimited = available_memory();
  EXPECT_GT(unlimited, 1U << 20);
  struct rlimit former {};
  ASSERT_EQ(getrlimit(RLIMIT_AS, &former), 0);
  auto limit = former;
  limit.rlim_cur = 1'000'000'000;
  ASSERT_EQ(setrlimit(RLIMIT_AS, &limit), 0);
  const auto limited = available_memory();
  ASSERT_EQ(setrlimit(RLIMIT_AS, &former), 0);
  EXPECT_LE(limited, 1'000'000'000U);
}

}  // namespace
}  // namespace gantry::base
