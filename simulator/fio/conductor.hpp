#pragma once

#include <cstdint>

#include <pthread.h>

#include "fio/futex.hpp"

namespace gantry::fio {

/// Simulated nanoseconds.
using Time = std::int64_t;
constexpr Time kNever = INT64_MAX;

/// One who takes part in simulated time: a job of fio's, or fio's helper thread, which takes
/// samples while jobs run.
struct Party {
  enum State : std::uint32_t {
    kAbsent,    ///< does not exist, or has ended
    kDormant,   ///< has not begun
    kRunning,   ///< computes: time stands still
    kWaiting,   ///< for commands to end
    kSleeping,  ///< until a time
    kQueueing,  ///< for its turn to run alone
    kOutside,   ///< waits for something that is not of simulated time
  };
  Futex state{kAbsent};
  Time wake = kNever;  ///< of one that sleeps
};

/// A job.
struct Job : Party {
  void* thread = nullptr;  // fio's own
  const char* name = "";
  const char* wait_for = nullptr;
  Time start_delay = 0;
  int process = 0;  // its process, once it runs
  bool is_stonewalled = false;
};

/// What happens in simulated time besides sleeps. Called by one thread at a time.
class Events {
 public:
  virtual ~Events() = default;
  /// Goes on until a time at which commands of some jobs end, `until` at the latest, and delivers
  /// all that end then. Returns that time, or kNever if nothing ends by `until`.
  virtual Time go_on(Time now, Time until) = 0;
  /// Whether a job that waits has what it waits for.
  virtual bool is_satisfied(std::uint32_t job) const = 0;
};

/// Lets simulated time pass: it stands still as long as anyone computes, and when all wait or sleep
/// it goes on to the next moment at which one of them has something to do. So what the host does
/// has no part in what happens when.
///
/// Its members lie in memory that all processes of fio share, at the same address.
class Conductor {
 public:
  using IsGone = int (*)(const void* thread);

  Conductor();
  Conductor(const Conductor&) = delete;
  Conductor& operator=(const Conductor&) = delete;

  /// Jobs that lie in shared memory, and have been filled in.
  void begin(Job* jobs, std::uint32_t count, IsGone is_gone, Events& events);

  Time now() const { return now_.load(std::memory_order_relaxed); }
  /// Where time begins, before anyone has looked at it.
  void set(Time now) {
    now_.store(now, std::memory_order_relaxed);
    genesis_ = now;
  }
  Party& helper() { return helper_; }

  /// The job runs from here on, in the calling thread.
  void join(std::uint32_t job);
  /// It has ended; returns whether all have.
  bool leave(std::uint32_t job);

  /// Returns when the job has what it waits for; false: nothing will ever happen, or what happens
  /// cannot be trusted any more (is_broken()).
  bool wait(std::uint32_t job);
  /// Returns when nobody else runs. Of several that want this at one moment, each has its turn, in
  /// the order of the jobs, when what the others do at that moment is done.
  void take_turn(std::uint32_t job);
  void sleep(Party& job, Time duration);
  /// The helper will sleep until this time; it goes on to do so by itself (see clock.cpp).
  void helper_sleeps(Time until);
  /// The helper runs now, by what the caller does next.
  void call_helper();
  /// What it is called by, when that time has come.
  using WakeHelper = void (*)();
  void set_wake_helper(WakeHelper wake) { wake_helper_ = wake; }

  /// One that was ended by a signal: time waits no more for its job, if it has begun one.
  void process_was_killed(int process);
  /// A process was killed in the middle of what it did to what all of them share.
  bool is_broken() const { return is_broken_.load(std::memory_order_acquire); }

  /// Around waits for something that is not of simulated time.
  void go_outside(Party& party);
  void come_back(Party& party);

  /// Nobody else than the one job and the helper takes part, so that no lock is needed.
  bool is_solo() const { return count_ == 1; }
  /// Of a job on its own: when the helper wants to run next, once it is not running.
  Time helper_wakes();
  /// Of a job on its own, when that time has come: the helper runs.
  void run_helper();
  void set_now(Time now) { now_.store(now, std::memory_order_relaxed); }

 private:
  class Locked;

  bool is_over() const;
  bool is_held() const;
  bool waitee_runs(const Job& job) const;
  bool dormant_holds(Time& earliest) const;
  Time next_sleeper() const;
  bool wake_due();
  bool start_next_in_turn();
  void start_helper();
  void release_all();
  void advance();
  bool step();
  void block(Party& party, Locked& lock);

  pthread_mutex_t lock_;
  std::atomic<Time> now_{0};
  Time genesis_ = 0;
  Party helper_;
  Job* jobs_ = nullptr;
  std::uint32_t count_ = 0;
  IsGone is_gone_ = nullptr;
  Events* events_ = nullptr;
  WakeHelper wake_helper_ = nullptr;
  bool is_stuck_ = false;
  std::atomic<bool> is_broken_{false};
};

}  // namespace gantry::fio
