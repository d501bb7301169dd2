#include "base/ordered_pipeline.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

namespace gantry::base {
namespace {

using Pipeline = OrderedPipeline<int>;
using Order = Pipeline::Order;

/// 0, 1, … as jobs.
Pipeline::Source numbers(int count) {
  return [count, next = 0](int& job) mutable -> Result<bool> {
    job = next++;
    return job < count;
  };
}

/// Every third job takes long, so that later ones overtake it.
Result<void> uneven(int& job, std::size_t /*thread*/) {
  std::this_thread::sleep_for(std::chrono::microseconds(job % 3 == 0 ? 500 : 10));
  return {};
}

/// Fails for one job.
auto failing(int bad, const char* what) {
  return [bad, what](int& job, std::size_t) {
    return job == bad ? Result<void>(Error{what, "", ""}) : Result<void>();
  };
}

TEST(OrderedPipeline, StagesInSequenceSeeTheOrderOfTheSource) {
  for (const std::size_t threads : {1U, 2U, 5U}) {
    std::vector<int> before;
    std::vector<int> after;
    const auto keep_in = [](std::vector<int>& seen) {
      return [&seen](int& job, std::size_t) {
        seen.push_back(job);
        return Result<void>();
      };
    };
    const auto negate = [](int& job, std::size_t) -> Result<void> {
      job = -job;
      return {};
    };
    Pipeline pipeline(numbers(200), {{Order::kAny, uneven},
                                     {Order::kInSequence, keep_in(before)},
                                     {Order::kAny, uneven},
                                     {Order::kAny, negate},
                                     {Order::kInSequence, keep_in(after)}});
    ASSERT_TRUE(pipeline.run(std::vector<int>(6), threads));
    ASSERT_EQ(before.size(), 200U);
    ASSERT_EQ(after.size(), 200U);
    for (int number = 0; number < 200; ++number) {
      EXPECT_EQ(before[static_cast<std::size_t>(number)], number);
      EXPECT_EQ(after[static_cast<std::size_t>(number)], -number);
    }
  }
}

TEST(OrderedPipeline, StagesInAnyOrderRunAtTheSameTime) {
  std::atomic<int> arrived = 0;
  const auto meet = [&](int&, std::size_t) -> Result<void> {
    ++arrived;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (arrived < 3) {
      if (std::chrono::steady_clock::now() > deadline) {
        return Error{"the others did not come", "", ""};
      }
      std::this_thread::yield();
    }
    return {};
  };
  Pipeline pipeline(numbers(3), {{Order::kAny, meet}});
  const auto done = pipeline.run(std::vector<int>(3), 3);
  EXPECT_TRUE(done) << done.error().what;
}

TEST(OrderedPipeline, NoMoreJobsThanGivenAreUnderWay) {
  std::atomic<int> under_way = 0;
  std::atomic<int> most = 0;
  const auto source = [&, next = 0](int& job) mutable -> Result<bool> {
    job = next++;
    most = std::max(most.load(), under_way += job < 100 ? 1 : 0);
    return job < 100;
  };
  Pipeline pipeline(source, {{Order::kAny, uneven}, {Order::kInSequence, [&](int&, std::size_t) {
                                                       --under_way;
                                                       return Result<void>();
                                                     }}});
  ASSERT_TRUE(pipeline.run(std::vector<int>(3), 8));
  EXPECT_LE(most, 3);
  EXPECT_EQ(under_way, 0);
}

TEST(OrderedPipeline, NoTwoCallsHaveTheSameThread) {
  constexpr std::size_t kThreads = 4;
  std::array<std::atomic<int>, kThreads> busy{};
  std::atomic<bool> clash = false;
  const auto use = [&](int&, std::size_t thread) -> Result<void> {
    clash = clash || thread >= kThreads || ++busy.at(thread) != 1;
    std::this_thread::sleep_for(std::chrono::microseconds(20));
    --busy.at(thread);
    return {};
  };
  Pipeline pipeline(numbers(300), {{Order::kAny, use}, {Order::kAny, use}});
  ASSERT_TRUE(pipeline.run(std::vector<int>(8), kThreads));
  EXPECT_FALSE(clash);
}

TEST(OrderedPipeline, ErrorOfAnyStageStopsIt) {
  for (const std::size_t failing_stage : {0U, 1U, 2U}) {
    std::vector<int> last;
    std::vector<Pipeline::Stage> stages{{Order::kAny, uneven},
                                        {Order::kInSequence, uneven},
                                        {Order::kAny, uneven},
                                        {Order::kInSequence, [&](int& job, std::size_t) {
                                           last.push_back(job);
                                           return Result<void>();
                                         }}};
    stages[failing_stage].work = failing(10, "no");
    Pipeline pipeline(numbers(1000), stages);
    const auto finished = pipeline.run(std::vector<int>(4), 3);
    ASSERT_FALSE(finished);
    EXPECT_EQ(finished.error().what, "no");
    EXPECT_LE(last.size(), 10U);
  }
}

TEST(OrderedPipeline, ErrorOfTheSourceStopsIt) {
  const auto source = [next = 0](int& job) mutable -> Result<bool> {
    job = next++;
    if (job == 5) {
      return Error{"no more", "", ""};
    }
    return true;
  };
  Pipeline pipeline(source, {{Order::kAny, uneven}});
  const auto finished = pipeline.run(std::vector<int>(4), 2);
  ASSERT_FALSE(finished);
  EXPECT_EQ(finished.error().what, "no more");
}

TEST(OrderedPipeline, OfSeveralErrorsTheEarliestJobsIsTold) {
  // Both fail, the later job first.
  std::atomic<bool> later_failed = false;
  const auto work = [&](int& job, std::size_t) -> Result<void> {
    if (job == 1) {
      later_failed = true;
      return Error{"later", "", ""};
    }
    while (!later_failed) {
      std::this_thread::yield();
    }
    return Error{"earlier", "", ""};
  };
  Pipeline pipeline(numbers(2), {{Order::kAny, work}});
  const auto finished = pipeline.run(std::vector<int>(2), 2);
  ASSERT_FALSE(finished);
  EXPECT_EQ(finished.error().what, "earlier");
}

TEST(OrderedPipeline, NoJobsAreNoError) {
  Pipeline pipeline(numbers(0), {{Order::kAny, failing(0, "called")}});
  EXPECT_TRUE(pipeline.run(std::vector<int>(1), 3));
}

}  // namespace
}  // namespace gantry::base
