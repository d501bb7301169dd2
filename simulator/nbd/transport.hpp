#pragma once

#include <optional>

#include "realtime/clock.hpp"

namespace gantry::nbd {

/// The time that a request and its reply are on their way between the client and us. A client adds
/// it to what the drive takes, which is not the drive's doing: requests are dated back by it.
///
/// It is given, or estimated: if nothing is outstanding when a reply leaves, and another request
/// comes, then between them are the way of the reply, the client's own work, and the way of the
/// request. The median of these times is taken. A client that computes between its requests makes
/// them longer; what is longer than any way on one machine is not counted.
class Transport {
 public:
  /// nullopt: estimated.
  explicit Transport(std::optional<realtime::Nanos> given)
      : credit_(given.value_or(realtime::Nanos{0})), is_estimated_(!given) {}

  /// Longer turnarounds are those of a client that was busy.
  static constexpr realtime::Nanos kLongest{60'000};

  void observe(realtime::Nanos turnaround) {
    constexpr realtime::Nanos kStep{100};
    if (!is_estimated_ || turnaround > kLongest) {
      return;
    }
    if (turnaround > credit_) {
      credit_ += kStep;
    } else if (credit_ > kStep) {
      credit_ -= kStep;
    }
  }

  realtime::Nanos credit() const { return credit_; }
  bool is_estimated() const { return is_estimated_; }

 private:
  realtime::Nanos credit_;
  bool is_estimated_;
};

}  // namespace gantry::nbd
