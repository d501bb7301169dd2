#include "base/ordered_pipeline.hpp"

#include <atomic>
#include <chrono>
#include <numeric>

#include <gmock/gmock.h>

namespace gantry::base {
namespace {

using Pipeline = OrderedPipeline<int>;

std::vector<Pipeline::Step> steps(std::size_t count, const Pipeline::Step& step) {
  return std::vector<Pipeline::Step>(count, step);
}

Result<void> pass(int& /*job*/) {
  return {};
}

TEST(OrderedPipeline, ConsumesInTheOrderOfSubmission) {
  std::vector<int> seen;
  const auto uneven = [](int& job) -> Result<void> {
    // Every third job takes long, so that later ones overtake it.
    std::this_thread::sleep_for(std::chrono::microseconds(job % 3 == 0 ? 500 : 10));
    job = -job;
    return {};
  };
  auto pipeline = Pipeline::start(std::vector<int>(6), steps(4, uneven), [&](int& job) {
    seen.push_back(job);
    return Result<void>();
  });
  ASSERT_TRUE(pipeline);
  for (int number = 0; number < 200; ++number) {
    int* const job = (*pipeline)->acquire();
    ASSERT_NE(job, nullptr);
    *job = number;
    (*pipeline)->submit(*job);
  }
  ASSERT_TRUE((*pipeline)->finish());
  ASSERT_EQ(seen.size(), 200U);
  for (int number = 0; number < 200; ++number) {
    EXPECT_EQ(seen[static_cast<std::size_t>(number)], -number);
  }
}

TEST(OrderedPipeline, NoMoreJobsThanGivenAreUnderWay) {
  std::atomic<int> under_way = 0;
  std::atomic<int> most = 0;
  auto pipeline = Pipeline::start(std::vector<int>(3), steps(8, pass), [&](int&) {
    most = std::max(most.load(), under_way.load());
    std::this_thread::sleep_for(std::chrono::microseconds(200));
    --under_way;
    return Result<void>();
  });
  ASSERT_TRUE(pipeline);
  for (int number = 0; number < 100; ++number) {
    int* const job = (*pipeline)->acquire();
    ++under_way;
    (*pipeline)->submit(*job);
  }
  ASSERT_TRUE((*pipeline)->finish());
  EXPECT_LE(most, 3);
  EXPECT_EQ(under_way, 0);
}

TEST(OrderedPipeline, ErrorOfATransformStopsIt) {
  int consumed = 0;
  auto pipeline =
      Pipeline::start(std::vector<int>(4),
                      steps(2,
                            [](int& job) {
                              return job == 10 ? Result<void>(Error{"no", "", ""}) : Result<void>();
                            }),
                      [&](int&) {
                        ++consumed;
                        return Result<void>();
                      });
  ASSERT_TRUE(pipeline);
  int submitted = 0;
  while (int* const job = (*pipeline)->acquire()) {
    *job = submitted++;
    (*pipeline)->submit(*job);
  }
  EXPECT_LE(submitted, 10 + 1 + 4);
  const auto finished = (*pipeline)->finish();
  ASSERT_FALSE(finished);
  EXPECT_EQ(finished.error().what, "no");
  EXPECT_LE(consumed, 10);
}

TEST(OrderedPipeline, ErrorOfTheConsumerStopsIt) {
  auto pipeline = Pipeline::start(std::vector<int>(4), steps(2, pass), [](int& job) {
    return job == 7 ? Result<void>(Error{"full", "", ""}) : Result<void>();
  });
  ASSERT_TRUE(pipeline);
  int submitted = 0;
  while (int* const job = (*pipeline)->acquire()) {
    *job = submitted++;
    (*pipeline)->submit(*job);
  }
  EXPECT_LE(submitted, 7 + 1 + 4);
  const auto finished = (*pipeline)->finish();
  ASSERT_FALSE(finished);
  EXPECT_EQ(finished.error().what, "full");
}

TEST(OrderedPipeline, DestructionAbandonsWhatIsUnderWay) {
  std::atomic<int> running = 0;
  for (int round = 0; round < 50; ++round) {
    auto pipeline = Pipeline::start(std::vector<int>(4),
                                    steps(3,
                                          [&](int&) {
                                            ++running;
                                            std::this_thread::yield();
                                            --running;
                                            return Result<void>();
                                          }),
                                    pass);
    ASSERT_TRUE(pipeline);
    for (int number = 0; number < round % 10; ++number) {
      int* const job = (*pipeline)->acquire();
      ASSERT_NE(job, nullptr);
      (*pipeline)->submit(*job);
    }
    *pipeline = nullptr;
    EXPECT_EQ(running, 0);
  }
}

TEST(OrderedPipeline, NothingSubmittedIsNoError) {
  auto pipeline = Pipeline::start(std::vector<int>(1), steps(1, pass), pass);
  ASSERT_TRUE(pipeline);
  EXPECT_TRUE((*pipeline)->finish());
}

}  // namespace
}  // namespace gantry::base
