#include "nbd/dispatcher.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace gantry::nbd {
namespace {

using realtime::Bell;
using realtime::Nanos;

/// A clock whose time goes on when all threads sleep, and of whose threads one runs at a time: what
/// they do is the same in every run.
class FakeClock final : public realtime::Clock {
 public:
  /// Begins when run() does, and acts at this time.
  void at(Nanos start, std::function<void()> act) {
    ++running_;
    threads_.emplace_back([this, start, act = std::move(act)] {
      {
        std::unique_lock lock(mutex_);
        started_.wait(lock, [&] { return has_started_; });
      }
      Bell never;
      sleep_until(start, never);
      act();
      const std::lock_guard lock(mutex_);
      --running_;
      wake_next();
    });
  }
  void run() {
    {
      const std::lock_guard lock(mutex_);
      has_started_ = true;
    }
    started_.notify_all();
    threads_.clear();
    has_started_ = false;
  }

  Nanos now() override {
    const std::lock_guard lock(mutex_);
    return time_ += Nanos{1};
  }
  void sleep_until(Nanos until) override {
    Bell never;
    sleep_until(until, never);
  }
  void sleep_until(Nanos until, Bell& bell) override {
    std::unique_lock lock(mutex_);
    if (bell.is_set() || until <= time_) {
      return;
    }
    Sleeper self{until, bell};
    sleepers_.push_back(&self);
    --running_;
    wake_next();
    self.woken.wait(lock, [&] { return self.is_awake; });
  }

 private:
  struct Sleeper {
    Nanos until;
    Bell& bell;
    bool is_awake = false;
    std::condition_variable woken = {};
  };

  void wake_next() {
    if (running_ > 0 || sleepers_.empty()) {
      return;
    }
    const auto key = [](const Sleeper* sleeper) {
      return sleeper->bell.is_set() ? Nanos{0} : sleeper->until;
    };
    const auto next = std::min_element(sleepers_.begin(), sleepers_.end(),
                                       [&](auto* a, auto* b) { return key(a) < key(b); });
    auto& sleeper = **next;
    sleepers_.erase(next);
    if (key(&sleeper) == realtime::kNever) {
      std::fputs("all threads sleep for ever\n", stderr);
      std::abort();
    }
    time_ = std::max(time_, key(&sleeper));
    ++running_;
    sleeper.is_awake = true;
    sleeper.woken.notify_one();
  }

  std::mutex mutex_;
  std::condition_variable started_;
  bool has_started_ = false;
  int running_ = 0;
  Nanos time_{0};
  std::vector<Sleeper*> sleepers_;
  std::vector<std::jthread> threads_;
};

struct Closer {
  void operator()(gantry_ssd* drive) const { gantry_ssd_close(drive); }
};
using Drive = std::unique_ptr<gantry_ssd, Closer>;

/// ref-a: a read of 4 KiB takes 59,812 ns, and logical pages are striped over 8 channels.
Drive open_drive() {
  gantry_ssd_options options{};
  options.size = sizeof(options);
  options.device = "ref-a";
  options.fill = GANTRY_SSD_FILL_SEQUENTIAL;
  gantry_ssd* drive = nullptr;
  EXPECT_EQ(gantry_ssd_open(&options, &drive), GANTRY_SSD_OK);
  return Drive(drive);
}

gantry_ssd_request read_of(std::uint64_t page) {
  gantry_ssd_request request{};
  request.opcode = GANTRY_SSD_READ;
  request.offset = page * 4096;
  request.length = 4096;
  return request;
}

/// What the drive takes for one read, from the drive itself.
Nanos read_time() {
  const auto drive = open_drive();
  const auto request = read_of(0);
  gantry_ssd_completion completion{};
  EXPECT_EQ(gantry_ssd_submit(drive.get(), &request), GANTRY_SSD_OK);
  EXPECT_EQ(gantry_ssd_next(drive.get(), GANTRY_SSD_NEVER, &completion), GANTRY_SSD_OK);
  return Nanos{static_cast<std::int64_t>(completion.completed)};
}

class DispatcherTest : public testing::Test {
 protected:
  void make(Transport transport = Transport(Nanos{0})) {
    dispatcher_ = std::make_unique<Dispatcher>(*drive_, pacer_, transport, nullptr);
  }
  /// Of another client: a request at this time, and when it is answered.
  void at(Nanos time, std::uint64_t page, Nanos& answered) {
    clock_.at(time, [this, page, &answered] { answered = perform(page); });
  }
  Nanos perform(std::uint64_t page) {
    EXPECT_TRUE(dispatcher_->perform(read_of(page)));
    return pacer_.now();
  }
  /// A client that reads again so long after each answer: the times from one answer to the next.
  std::vector<Nanos> read_in_turn(int reads, Nanos pause) {
    std::vector<Nanos> times;
    clock_.at(Nanos{1'000'000}, [this, reads, pause, &times] {
      auto before = perform(0);
      for (int page = 1; page < reads; ++page) {
        clock_.sleep_until(before + pause);
        const auto answered = perform(static_cast<std::uint64_t>(page));
        times.push_back(answered - before);
        before = answered;
      }
    });
    clock_.run();
    return times;
  }
  static void expect_about(Nanos actual, Nanos expected) {
    EXPECT_GE(actual, expected - kLooks);
    EXPECT_LE(actual, expected + kLooks);
  }

  FakeClock clock_;
  Drive drive_ = open_drive();
  realtime::Pacer pacer_{clock_, {}, Nanos{0}};
  std::unique_ptr<Dispatcher> dispatcher_;
  const Nanos read_time_ = read_time();
  static constexpr Nanos kLooks{100};  // by which the clock moves while it is looked at
};

TEST_F(DispatcherTest, AnswersExactlyWhenTheDriveDoes) {
  make();
  for (const auto time : read_in_turn(100, Nanos{500'000})) {
    expect_about(time, Nanos{500'000} + read_time_);
  }
  EXPECT_EQ(pacer_.punctuality().delivered, 100U);
  EXPECT_EQ(pacer_.punctuality().late, 0U);
  EXPECT_LE(pacer_.punctuality().worst_lateness, kLooks);
}

TEST_F(DispatcherTest, DoesNotLetTimeRunAheadOfRequestsThatAreYetToCome) {
  make();
  // The second comes in the middle of the first, to another channel: neither waits for the other.
  Nanos first{0};
  Nanos second{0};
  at(Nanos{10'000}, 0, first);
  at(Nanos{30'000}, 1, second);
  clock_.run();
  expect_about(first, Nanos{10'000} + read_time_);
  expect_about(second, Nanos{30'000} + read_time_);
  EXPECT_EQ(dispatcher_->traffic().reads, 2U);
}

TEST_F(DispatcherTest, DelaysWhatFindsTheDieAtWork) {
  make();
  Nanos first{0};
  Nanos second{0};
  at(Nanos{10'000}, 0, first);
  at(Nanos{30'000}, 0, second);
  clock_.run();
  expect_about(first, Nanos{10'000} + read_time_);
  // All of it but the way over the link, which needs no die: that takes 1330 ns.
  expect_about(second, first + read_time_ - Nanos{1330});
}

TEST_F(DispatcherTest, AnswersEachAtItsTimeWhoeverLeads) {
  make();
  std::vector<Nanos> answered(8);
  for (std::size_t client = 0; client < answered.size(); ++client) {
    at(Nanos{10'000 + 3'000 * static_cast<int>(client)}, client, answered[client]);
  }
  clock_.run();
  for (std::size_t client = 0; client < answered.size(); ++client) {
    expect_about(answered[client], Nanos{10'000 + 3'000 * static_cast<int>(client)} + read_time_);
  }
  EXPECT_EQ(pacer_.punctuality().delivered, answered.size());
  EXPECT_EQ(pacer_.punctuality().late, 0U);
}

TEST_F(DispatcherTest, AnswersAllOfAQueue) {
  make();
  std::vector<Nanos> answered(60);
  for (std::size_t client = 0; client < answered.size(); ++client) {
    at(Nanos{10'000 + static_cast<int>(client)}, client * 7, answered[client]);
  }
  clock_.run();
  for (const auto time : answered) {
    EXPECT_GE(time, Nanos{10'000} + read_time_);
    EXPECT_LE(time, Nanos{10'000} + 10 * read_time_);
  }
  EXPECT_EQ(pacer_.punctuality().delivered, answered.size());
  EXPECT_EQ(pacer_.punctuality().late, 0U);
  EXPECT_EQ(gantry_ssd_outstanding(drive_.get()), 0U);
}

TEST_F(DispatcherTest, SubtractsTheWayOfRequestAndReply) {
  make(Transport(Nanos{15'000}));
  // So a client that far away sees the drive's own time from one answer to the next.
  for (const auto time : read_in_turn(50, Nanos{15'000})) {
    expect_about(time, read_time_);
  }
  EXPECT_EQ(dispatcher_->transport(), Nanos{15'000});
}

TEST_F(DispatcherTest, FindsOutHowLongTheWayIs) {
  make(Transport(std::nullopt));
  const auto times = read_in_turn(500, Nanos{12'000});
  EXPECT_NEAR(static_cast<double>(dispatcher_->transport().count()), 12'000, 300);
  expect_about(times.front(), read_time_ + Nanos{12'000});
  EXPECT_NEAR(static_cast<double>(times.back().count()), static_cast<double>(read_time_.count()),
              300);
}

TEST_F(DispatcherTest, DoesNotTakeRequestsThatOverlapForTheWay) {
  make(Transport(std::nullopt));
  Nanos answered{0};
  for (int pair = 0; pair < 100; ++pair) {
    at(Nanos{100'000 * pair + 10'000}, 0, answered);
    at(Nanos{100'000 * pair + 20'000}, 1, answered);
  }
  clock_.run();
  EXPECT_EQ(dispatcher_->transport(), Nanos{0});
}

TEST_F(DispatcherTest, NeverDatesARequestBackBeforeTheLastAnswer) {
  make(Transport(Nanos{1'000'000}));
  for (const auto time : read_in_turn(20, Nanos{3'000})) {
    expect_about(time, read_time_);
  }
}

TEST_F(DispatcherTest, SaysWhatIsWrongWithARequest) {
  make();
  clock_.at(Nanos{10'000}, [this] {
    const auto done = dispatcher_->perform(read_of(std::uint64_t{1} << 40));
    ASSERT_FALSE(done);
    EXPECT_THAT(done.error().what,
                testing::HasSubstr("are not all on a device of 7516192768 bytes"));
    EXPECT_EQ(pacer_.punctuality().delivered, 0U);
    perform(0);
    EXPECT_EQ(pacer_.punctuality().delivered, 1U);
  });
  clock_.run();
}

TEST(Dispatcher, EndsWhatIsOutstandingWhenItIsClosed) {
  realtime::MonotonicClock clock;
  const auto drive = open_drive();
  realtime::Pacer pacer(clock);
  Dispatcher dispatcher(*drive, pacer, Transport(Nanos{0}), nullptr);
  std::atomic<int> answered{0};
  std::atomic<int> refused{0};
  std::vector<std::jthread> clients;
  for (int client = 0; client < 8; ++client) {
    clients.emplace_back([&] {
      for (std::uint64_t page = 0; dispatcher.perform(read_of(page % 100)); ++page) {
        ++answered;
      }
      ++refused;
    });
  }
  while (answered < 100) {
    clock.sleep_until(clock.now() + Nanos{100'000});
  }
  dispatcher.close();
  EXPECT_EQ(gantry_ssd_outstanding(drive.get()), 0U);
  clients.clear();
  EXPECT_EQ(refused, 8);
  EXPECT_EQ(pacer.punctuality().delivered, static_cast<std::uint64_t>(answered));
  EXPECT_EQ(dispatcher.perform(read_of(0)).error().what, "the drive is switched off");
}

TEST_F(DispatcherTest, CapturesAtTheTimesOfTheSimulation) {
  const auto path = testing::TempDir() + "dispatcher_test." + std::to_string(getpid());
  auto capture = Capture::create(path);
  ASSERT_TRUE(capture);
  dispatcher_ = std::make_unique<Dispatcher>(*drive_, pacer_, Transport(Nanos{4'000}), &*capture);
  clock_.at(Nanos{10'000}, [this] { perform(3); });
  clock_.run();
  ASSERT_TRUE(capture->close());
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  EXPECT_THAT(line, testing::MatchesRegex("8,0 0 1 0.00000600. 0 Q R 24 . 8 .nbd."));
}

/// Clients that come and go all the time, so that others find out that one's request has ended just
/// when it is asked to lead. Under a sanitizer it is seen if they look at it when it has gone.
TEST(Dispatcher, LetsGoOfAClientThatIsAskedToLeadAndAnsweredAtOnce) {
  realtime::MonotonicClock clock;
  const auto drive = open_drive();
  realtime::Pacer pacer(clock);
  Dispatcher dispatcher(*drive, pacer, Transport(Nanos{0}), nullptr);
  constexpr int kThreads = 16;
  constexpr int kRequests = 400;
  std::atomic<int> answered{0};
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int request = 0; request < kRequests; ++request) {
        // Reads of a few dies end close to each other; flushes end when they have come.
        auto what = read_of(static_cast<std::uint64_t>(request % 3));
        what.opcode = thread % 2 == 0 ? GANTRY_SSD_READ : GANTRY_SSD_FLUSH;
        answered += dispatcher.perform(what) ? 1 : 0;
        if (thread % 2 != 0) {
          clock.sleep_until(clock.now() + Nanos{20'000 + 1'000 * thread});
        }
      }
    });
  }
  threads.clear();
  EXPECT_EQ(answered, kThreads * kRequests);
  EXPECT_EQ(gantry_ssd_outstanding(drive.get()), 0U);
}

TEST(Dispatcher, AnswersEveryRequestOfManyThreads) {
  realtime::MonotonicClock clock;
  const auto drive = open_drive();
  realtime::Pacer pacer(clock);
  Dispatcher dispatcher(*drive, pacer, Transport(std::nullopt), nullptr);
  constexpr int kThreads = 12;
  constexpr int kRequests = 150;
  std::atomic<int> answered{0};
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int request = 0; request < kRequests; ++request) {
        auto what = read_of(static_cast<std::uint64_t>(thread * 1000 + request * 7));
        if (request % 10 == 3) {
          what.opcode = GANTRY_SSD_FLUSH;
        } else if (request % 10 == 7) {
          what.opcode = GANTRY_SSD_TRIM;
        }
        answered += dispatcher.perform(what) ? 1 : 0;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(answered, kThreads * kRequests);
  EXPECT_EQ(pacer.punctuality().delivered, std::uint64_t{kThreads} * kRequests);
  EXPECT_EQ(gantry_ssd_outstanding(drive.get()), 0U);
  const auto traffic = dispatcher.traffic();
  EXPECT_EQ(traffic.reads + traffic.trims + traffic.flushes, std::uint64_t{kThreads} * kRequests);
}

}  // namespace
}  // namespace gantry::nbd
