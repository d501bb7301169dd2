#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>

#include <gantry/ssd.h>

#include "base/result.hpp"
#include "nbd/capture.hpp"
#include "nbd/transport.hpp"
#include "realtime/pacer.hpp"

namespace gantry::nbd {

/// Requests that have been submitted, by what they asked for.
struct Traffic {
  std::uint64_t reads = 0;
  std::uint64_t read_bytes = 0;
  std::uint64_t writes = 0;
  std::uint64_t written_bytes = 0;
  std::uint64_t trims = 0;
  std::uint64_t flushes = 0;
};

/// One simulated drive in real time, for any number of threads, of which each waits for one
/// request.
///
/// Simulated time follows real time and never runs ahead of it, because a request that is yet to
/// come may delay those that are outstanding. So nobody knows when a request will end before it has
/// ended; what is known is when something happens next. One of the waiting threads, the leader,
/// sleeps until then, lets simulated time go on to the present, looks when something happens next,
/// and so on, until its own request has ended; then another one leads. The others sleep until the
/// leader, or a thread that comes with a request, finds that theirs has ended. All deadlines are
/// absolute: a thread that is woken late does not delay what comes after.
class Dispatcher {
 public:
  /// All of them outlive the dispatcher. The pacer's begin is the drive's present. capture: may be
  /// null.
  Dispatcher(gantry_ssd& drive, realtime::Pacer& pacer, Transport transport, Capture* capture);

  /// Submits a request, whose time and tag do not matter, and returns when the drive has ended it
  /// in real time.
  base::Result<void> perform(gantry_ssd_request request);

  /// Refuses requests from now on, and lets what is outstanding, and what else is going on inside
  /// the drive, end in no time. The drive is not touched any more.
  void close();

  Traffic traffic();
  realtime::Nanos transport();

 private:
  /// A request that is outstanding, on the stack of its thread. Once its bell has rung for the last
  /// time, it is its thread's alone: that it is done can be seen before only under the lock.
  struct Waiter {
    realtime::Bell bell;
    std::uint64_t completed = 0;  // in simulated time
    Waiter* next = nullptr;
    Waiter* previous = nullptr;
    bool sleeps = false;
    bool is_done = false;
    bool has_failed = false;
  };
  /// Bells that have been set, of threads to be woken when the lock has been given back.
  class Wakes {
   public:
    void add(const realtime::Bell& bell);
    void send();

   private:
    std::array<const realtime::Bell*, 32> bells_;
    std::size_t count_ = 0;
  };

  base::Result<void> submit(gantry_ssd_request& request, Waiter& waiter, realtime::Nanos arrival);
  void count(const gantry_ssd_request& request);
  void wait(Waiter& self, std::unique_lock<std::mutex>& lock, realtime::Nanos arrival);
  void go_on(Wakes& wakes);
  void end(const gantry_ssd_completion& completion, Wakes& wakes);
  void complete(Waiter& waiter, Wakes& wakes);
  void fail_all(Wakes& wakes);
  void hand_over(Wakes& wakes);
  void leave(Waiter& self, std::unique_lock<std::mutex>& lock, Wakes& wakes);
  /// When something happens next, in real time.
  realtime::Nanos next_time() const;

  gantry_ssd& drive_;
  realtime::Pacer& pacer_;
  Capture* capture_;
  std::uint64_t begin_;  // simulated time at the pacer's begin

  std::mutex mutex_;  // of all that follows, and of the drive
  Transport transport_;
  Traffic traffic_;
  std::uint64_t last_time_;  // of the requests
  bool is_shared_ = false;   // since it was idle, requests have been outstanding together
  bool was_alone_ = false;   // the request before it was idle
  realtime::Nanos idle_since_{0};
  Waiter* first_ = nullptr;  // of those that are outstanding, in the order of submission
  Waiter* last_ = nullptr;
  Waiter* leader_ = nullptr;
  realtime::Nanos leader_wakes_ = realtime::kNever;
  std::optional<base::Error> refusal_;  // of all that comes; written once
};

}  // namespace gantry::nbd
