#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "realtime/clock.hpp"

namespace gantry::realtime {

/// How punctual completions were: that a real-time run is what it claims to be.
struct Punctuality {
  Nanos tolerance{0};
  std::uint64_t delivered = 0;
  std::uint64_t late = 0;   ///< of them, by more than the tolerance
  Nanos total_lateness{0};  ///< of all of them, the punctual ones too
  Nanos worst_lateness{0};

  Nanos mean_lateness() const;
};

/// An object: delivered, late, tolerance_ns, mean_lateness_ns, worst_lateness_ns.
std::string to_json(const Punctuality& punctuality);

/// Lets simulated time go by in real time: deadlines in nanoseconds since the pacer's begin, which
/// are absolute, so that what is late once does not make the next one late; and an account of how
/// late they were met. Any number of threads may use one at a time.
///
/// A thread that sleeps is woken late, by as much as the host needs. So it sleeps until somewhat
/// before the deadline, by what most sleeps have needed lately, and spins for the rest.
class Pacer {
 public:
  struct Options {
    Nanos tolerance{10'000};     ///< a completion that is later by more is counted as late
    Nanos longest_spin{50'000};  ///< 0: never spin
  };

  /// Begins now. The clock outlives the pacer.
  explicit Pacer(Clock& clock) : Pacer(clock, Options{}) {}
  Pacer(Clock& clock, const Options& options) : Pacer(clock, options, clock.now()) {}
  /// Began at this time of the clock: of several pacers that share their simulated time.
  Pacer(Clock& clock, const Options& options, Nanos begin);

  /// Time since the begin.
  Nanos now() const { return clock_.now() - begin_; }

  /// Returns at this time or as little later as possible; at once, if it has come. Returns the
  /// time.
  Nanos wait_until(Nanos deadline);
  /// The same, but returns when the bell rings, too. kNever: only then.
  Nanos wait_until(Nanos deadline, Bell& bell);

  /// Counts a completion, which was due at the deadline and is delivered now.
  void delivered(Nanos deadline) { delivered(deadline, now()); }
  void delivered(Nanos deadline, Nanos time);

  Punctuality punctuality() const;

  /// What is left to spin after a sleep.
  Nanos spin() const { return Nanos{spin_.load(std::memory_order_relaxed)}; }

 private:
  void learn(Nanos overslept);

  Clock& clock_;
  Options options_;
  Nanos begin_;
  std::atomic<std::int64_t> spin_;
  std::atomic<std::uint64_t> delivered_{0};
  std::atomic<std::uint64_t> late_{0};
  std::atomic<std::int64_t> total_lateness_{0};
  std::atomic<std::int64_t> worst_lateness_{0};
};

}  // namespace gantry::realtime
