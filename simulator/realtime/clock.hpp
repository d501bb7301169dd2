#pragma once

#include <chrono>

#include "realtime/bell.hpp"

namespace gantry::realtime {

using Nanos = std::chrono::nanoseconds;

/// A time that never comes.
inline constexpr Nanos kNever = Nanos::max();

/// A clock that threads can sleep on. Its functions may be called by any number of them at a time.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Time since some moment in the past; it never goes back.
  virtual Nanos now() = 0;
  /// Returns at this time or, as schedulers go, somewhat later.
  virtual void sleep_until(Nanos time) = 0;
  /// The same, but also when the bell rings; kNever: only then.
  virtual void sleep_until(Nanos time, Bell& bell) = 0;
};

/// The host's CLOCK_MONOTONIC. Threads that sleep on it are woken as exactly as the host can.
class MonotonicClock final : public Clock {
 public:
  Nanos now() override;
  void sleep_until(Nanos time) override;
  void sleep_until(Nanos time, Bell& bell) override;
};

}  // namespace gantry::realtime
