#pragma once

#include <algorithm>
#include <cstdint>

#include "ssd/parameters.hpp"
#include "ssd/types.hpp"

namespace gantry::ssd {

/// A channel or link: takes transfers in the order in which they are asked for. So the begin of a
/// transfer is known when it is asked for, and needs no event.
class Bus {
 public:
  /// Begin of a transfer that is wanted at a time no earlier than that of the last call.
  Nanos reserve(Nanos now, Nanos duration) {
    const auto begin = std::max(now, free_);
    free_ = begin + duration;
    busy_ += duration;
    return begin;
  }
  Nanos free_at() const { return free_; }
  /// Sum of all transfers that have been asked for.
  Nanos busy() const { return busy_; }

 private:
  Nanos free_{0};
  Nanos busy_{0};
};

/// Duration of a transfer, to the nearest nanosecond.
inline Nanos transfer_time(std::uint64_t bytes, const TransferTiming& timing) {
  if (timing.bytes_per_second == 0) {
    return Nanos{0};
  }
  constexpr std::uint64_t kSecond = 1'000'000'000;
  return Nanos{static_cast<std::int64_t>((Wide{bytes} * kSecond + timing.bytes_per_second / 2) /
                                         timing.bytes_per_second)};
}

}  // namespace gantry::ssd
