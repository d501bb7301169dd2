#pragma once

#include <bit>
#include <cstdint>

namespace gantry::workload {

/// Divides the whole numbers into buckets: one for each number below 2^(Bits + 1), and from there
/// on 2^Bits of equal width from one power of two to the next, so that no bucket is wider than
/// 2^-Bits of its least number.
template <unsigned Bits>
struct LogLinear {
  static constexpr std::uint64_t kPerOctave = std::uint64_t{1} << Bits;
  static constexpr std::uint32_t kBuckets = (65 - Bits) << Bits;

  static constexpr std::uint32_t bucket_of(std::uint64_t value) {
    const auto shift = static_cast<unsigned>(std::bit_width(value | kPerOctave)) - 1 - Bits;
    return static_cast<std::uint32_t>((std::uint64_t{shift} << Bits) + (value >> shift));
  }
  /// The least number of a bucket.
  static constexpr std::uint64_t least_of(std::uint32_t bucket) {
    if (bucket < kPerOctave) {
      return bucket;
    }
    return (kPerOctave + (bucket & (kPerOctave - 1))) << ((bucket >> Bits) - 1);
  }
  /// The greatest number of a bucket.
  static constexpr std::uint64_t greatest_of(std::uint32_t bucket) {
    return bucket + 1 == kBuckets ? ~std::uint64_t{0} : least_of(bucket + 1) - 1;
  }
};

}  // namespace gantry::workload
