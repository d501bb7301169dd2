#include "fio/conductor.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace gantry::fio {
namespace {

constexpr Time kBegin = 1'000'000'000;

bool gone = false;  // of the last job

int is_gone(const void* thread) {
  return thread != nullptr && gone ? 1 : 0;
}

/// Commands of one job each, which end at times that are known.
class Commands final : public Events {
 public:
  void add(std::uint32_t job, Time end) { pending_.emplace_back(end, job); }
  int ended(std::uint32_t job) const { return ended_.at(job); }
  void take(std::uint32_t job) { --ended_.at(job); }

  Time go_on(Time /*now*/, Time until) override {
    std::stable_sort(pending_.begin(), pending_.end());
    if (pending_.empty() || pending_.front().first > until) {
      return kNever;
    }
    const auto time = pending_.front().first;
    while (!pending_.empty() && pending_.front().first == time) {
      ++ended_.at(pending_.front().second);
      pending_.erase(pending_.begin());
    }
    return time;
  }
  bool is_satisfied(std::uint32_t job) const override { return ended_.at(job) > 0; }

 private:
  std::vector<std::pair<Time, std::uint32_t>> pending_;
  std::array<int, 4> ended_{};
};

class ConductorTest : public testing::Test {
 protected:
  void begin() {
    for (auto& job : jobs_) {
      job.state = Party::kDormant;
    }
    conductor_.set(kBegin);
    conductor_.begin(jobs_.data(), count_, is_gone, commands_);
  }
  void log(int what) {
    const std::lock_guard locked(lock_);
    log_.emplace_back(what, conductor_.now() - kBegin);
  }

  Conductor conductor_;
  std::array<Job, 2> jobs_;
  std::uint32_t count_ = 2;
  Commands commands_;
  std::mutex lock_;
  std::vector<std::pair<int, Time>> log_;
};

using Log = std::vector<std::pair<int, Time>>;

TEST_F(ConductorTest, GoesToTheNextSleeper) {
  begin();
  conductor_.join(0);
  conductor_.join(1);
  std::thread other([this] {
    for (int i = 0; i < 3; ++i) {
      conductor_.sleep(jobs_[1], 400);
      log(1);
    }
    conductor_.leave(1);
  });
  for (int i = 0; i < 3; ++i) {
    conductor_.sleep(jobs_[0], 300);
    log(0);
  }
  conductor_.leave(0);
  other.join();
  EXPECT_EQ(log_, (Log{{0, 300}, {1, 400}, {0, 600}, {1, 800}, {0, 900}, {1, 1200}}));
}

TEST_F(ConductorTest, GoesToTheNextCommand) {
  begin();
  conductor_.join(0);
  conductor_.join(1);
  commands_.add(0, kBegin + 50);
  std::thread other([this] {
    conductor_.sleep(jobs_[1], 100);
    log(1);
    conductor_.leave(1);
  });
  EXPECT_TRUE(conductor_.wait(0));
  log(0);
  commands_.take(0);
  commands_.add(0, kBegin + 170);
  EXPECT_TRUE(conductor_.wait(0));
  log(0);
  EXPECT_FALSE(conductor_.leave(0) && jobs_[1].state != Party::kAbsent);
  other.join();
  EXPECT_EQ(log_, (Log{{0, 50}, {1, 100}, {0, 170}}));
}

TEST_F(ConductorTest, WaitsForOneThatHasNotBegun) {
  begin();
  conductor_.join(0);
  std::thread other([this] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    conductor_.join(1);
    log(1);
    conductor_.sleep(jobs_[1], 10);
    log(1);
    conductor_.leave(1);
  });
  conductor_.sleep(jobs_[0], 100);
  log(0);
  conductor_.leave(0);
  other.join();
  EXPECT_EQ(log_, (Log{{1, 0}, {1, 10}, {0, 100}}));
}

TEST_F(ConductorTest, DoesNotWaitForOneThatWillNeverBegin) {
  jobs_[1].thread = this;
  gone = true;
  begin();
  conductor_.join(0);
  conductor_.sleep(jobs_[0], 100);
  EXPECT_EQ(conductor_.now(), kBegin + 100);
  EXPECT_TRUE(conductor_.leave(0));
  gone = false;
}

TEST_F(ConductorTest, DoesNotWaitForOneBehindAStonewall) {
  jobs_[1].is_stonewalled = true;
  begin();
  conductor_.join(0);
  conductor_.sleep(jobs_[0], 100);
  EXPECT_EQ(conductor_.now(), kBegin + 100);
  EXPECT_FALSE(conductor_.leave(0));
}

TEST_F(ConductorTest, DoesNotWaitForOneThatWaitsForAnother) {
  jobs_[0].name = "first";
  jobs_[1].name = "second";
  jobs_[1].wait_for = "first";
  begin();
  conductor_.join(0);
  conductor_.sleep(jobs_[0], 100);
  EXPECT_EQ(conductor_.now(), kBegin + 100);
}

TEST_F(ConductorTest, StopsWhereADelayedOneBegins) {
  jobs_[1].start_delay = 60;
  begin();
  conductor_.join(0);
  std::thread other([this] {
    while (conductor_.now() < kBegin + 60) {
      std::this_thread::yield();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    conductor_.join(1);
    log(1);
    conductor_.leave(1);
  });
  conductor_.sleep(jobs_[0], 100);
  log(0);
  conductor_.leave(0);
  other.join();
  EXPECT_EQ(log_, (Log{{1, 60}, {0, 100}}));
}

TEST_F(ConductorTest, StandsStillForNobodyOutside) {
  begin();
  conductor_.join(0);
  conductor_.join(1);
  conductor_.go_outside(jobs_[1]);
  conductor_.sleep(jobs_[0], 100);
  EXPECT_EQ(conductor_.now(), kBegin + 100);
  conductor_.come_back(jobs_[1]);
  EXPECT_EQ(jobs_[1].state, Party::kRunning);
}

TEST_F(ConductorTest, SaysWhenNothingWillEverHappen) {
  count_ = 1;
  begin();
  conductor_.join(0);
  EXPECT_FALSE(conductor_.wait(0));
}

TEST_F(ConductorTest, GivesTurnsInTheOrderOfJobs) {
  begin();
  conductor_.join(0);
  conductor_.join(1);
  std::thread other([this] {
    conductor_.take_turn(1);
    log(1);
    conductor_.sleep(jobs_[1], 10);
    log(1);
    conductor_.leave(1);
  });
  // The other has its place in the queue by then.
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  conductor_.take_turn(0);
  log(0);
  conductor_.sleep(jobs_[0], 5);
  log(0);
  conductor_.leave(0);
  other.join();
  EXPECT_EQ(log_, (Log{{0, 0}, {1, 0}, {0, 5}, {1, 10}}));
}

TEST_F(ConductorTest, DoesNotWaitForOneWhoseProcessWasKilled) {
  begin();
  conductor_.join(0);
  conductor_.join(1);
  constexpr int kProcess = 12345;
  jobs_[1].process = kProcess;
  std::thread fio([this] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    conductor_.process_was_killed(kProcess + 1);
    EXPECT_EQ(jobs_[1].state, Party::kRunning);
    EXPECT_EQ(conductor_.now(), kBegin);
    conductor_.process_was_killed(kProcess);
    EXPECT_EQ(jobs_[1].state, Party::kAbsent);
  });
  conductor_.sleep(jobs_[0], 100);
  fio.join();
  EXPECT_EQ(conductor_.now(), kBegin + 100);
  EXPECT_FALSE(conductor_.is_broken());
  EXPECT_TRUE(conductor_.leave(0));
}

/// Kills the process that asks.
class Deadly final : public Events {
 public:
  Time go_on(Time /*now*/, Time /*until*/) override {
    raise(SIGKILL);
    return kNever;
  }
  bool is_satisfied(std::uint32_t /*job*/) const override { return false; }
};

struct Shared {
  Conductor conductor;
  std::array<Job, 2> jobs;
  Deadly deadly;
};

TEST(ConductorInProcesses, TrustsNothingThatWasHeldByOneThatWasKilled) {
  void* const room =
      mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(room, MAP_FAILED);
  auto& shared = *new (room) Shared();
  for (auto& job : shared.jobs) {
    job.state = Party::kDormant;
  }
  shared.conductor.set(kBegin);
  shared.conductor.begin(shared.jobs.data(), 2, is_gone, shared.deadly);
  shared.conductor.join(0);
  const auto child = fork();
  if (child == 0) {
    shared.conductor.join(1);
    while (shared.jobs[0].state != Party::kWaiting) {
      std::this_thread::yield();
    }
    shared.conductor.wait(1);  // nobody computes then, so it moves time, and dies of that
    _exit(0);
  }
  while (shared.jobs[1].state != Party::kRunning) {
    std::this_thread::yield();
  }
  EXPECT_FALSE(shared.conductor.wait(0));
  EXPECT_TRUE(shared.conductor.is_broken());
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status));
  shared.conductor.process_was_killed(child);
  EXPECT_FALSE(shared.conductor.wait(0));
  shared.conductor.sleep(shared.jobs[0], 5);
  EXPECT_EQ(shared.conductor.now(), kBegin + 5);
  EXPECT_TRUE(shared.conductor.leave(0));
  munmap(room, sizeof(Shared));
}

Conductor* called = nullptr;

TEST_F(ConductorTest, LetsTheHelperRunAloneBeforeWhatEndsThen) {
  begin();
  conductor_.join(0);
  conductor_.join(1);
  called = &conductor_;
  conductor_.set_wake_helper([] {
    // It runs in a thread of its own.
    std::thread([] {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      EXPECT_EQ(called->helper().state, Party::kRunning);
      called->helper_sleeps(called->now() + 100);
    }).detach();
  });
  conductor_.helper_sleeps(kBegin + 100);
  commands_.add(0, kBegin + 100);
  commands_.add(0, kBegin + 350);
  conductor_.go_outside(jobs_[1]);
  EXPECT_TRUE(conductor_.wait(0));
  EXPECT_EQ(conductor_.now(), kBegin + 100);
  EXPECT_EQ(conductor_.helper().wake, kBegin + 200);
  commands_.take(0);
  EXPECT_TRUE(conductor_.wait(0));
  EXPECT_EQ(conductor_.now(), kBegin + 350);
  EXPECT_EQ(conductor_.helper().wake, kBegin + 400);
}

}  // namespace
}  // namespace gantry::fio
