#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "ssd/random.hpp"
#include "ssd/types.hpp"
#include "ssd/wide.hpp"

namespace gantry::workload {

/// Gaps between arrivals that come at random at a rate, by algorithm S of Ahrens and Dieter (Knuth,
/// The Art of Computer Programming, volume 2, 3.4.1): comparisons with the partial sums of the
/// series of e^(ln 2) - 1 and no logarithm, so that every machine draws the same. The distribution
/// is exact but for the 57 bits of its numbers.
class ExponentialGaps {
 public:
  /// Arrivals in a second; not 0.
  explicit ExponentialGaps(std::uint64_t rate)
      : mean_(static_cast<std::uint64_t>((ssd::Wide{1'000'000'000} << kMeanBits) / rate)) {}

  /// The next gap. What is cut off to whole nanoseconds is added to the one after it.
  ssd::Nanos next(ssd::Random& random) {
    rest_ += ssd::Wide{draw(random)} * mean_;
    const auto nanos = static_cast<std::int64_t>(rest_ >> kRestBits);
    rest_ &= (ssd::Wide{1} << kRestBits) - 1;
    return ssd::Nanos{nanos};
  }

  static constexpr unsigned kDrawBits = 57;

  /// Of mean 1, which is 2^57.
  static std::uint64_t draw(ssd::Random& random) {
    const auto bits = random.next();
    const auto halvings = static_cast<unsigned>(std::countl_one(bits));
    auto fraction = halvings >= 63 ? 0 : bits << (halvings + 1);
    if (fraction >= kSums[0]) {
      std::size_t k = 1;
      while (k + 1 < kSums.size() && fraction >= kSums[k]) {
        ++k;
      }
      auto least = random.next();
      for (std::size_t i = 0; i < k; ++i) {
        const auto other = random.next();
        least = other < least ? other : least;
      }
      fraction = static_cast<std::uint64_t>((ssd::Wide{least} * kSums[0]) >> 64);
    }
    return halvings * (kSums[0] >> (64 - kDrawBits)) + (fraction >> (64 - kDrawBits));
  }

 private:
  static constexpr unsigned kMeanBits = 31;
  static constexpr unsigned kRestBits = kDrawBits + kMeanBits;

  /// The sums of (ln 2)^i / i! for i from 1 to k + 1, of which 1.0 is 2^64.
  static constexpr auto kSums = [] {
    constexpr std::uint64_t kLn2 = 0xb17217f7d1cf79ab;
    std::array<std::uint64_t, 17> sums{};
    std::uint64_t term = kLn2;
    std::uint64_t sum = 0;
    std::uint64_t i = 1;
    for (auto& entry : sums) {
      sum += term;
      entry = sum;
      ++i;
      term = static_cast<std::uint64_t>((ssd::Wide{term} * kLn2) >> 64) / i;
    }
    return sums;
  }();

  std::uint64_t mean_;  // in nanoseconds, of which one is 2^31
  ssd::Wide rest_ = 0;
};

}  // namespace gantry::workload
