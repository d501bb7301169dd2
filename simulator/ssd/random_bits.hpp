#pragma once

#include <bit>
#include <cstdint>

#include "ssd/random.hpp"

namespace gantry::ssd {

/// 64 bits, of which each is set with a probability of share / 2^16: one number for each digit of
/// the share below its last 1.
inline std::uint64_t random_bits(std::uint32_t share, Random& random) {
  if (share == 0) {
    return 0;
  }
  if (share >= 1U << 16) {
    return ~std::uint64_t{0};
  }
  std::uint64_t word = 0;
  for (auto digit = std::countr_zero(share); digit < 16; ++digit) {
    const auto other = random.next();
    word = (share >> digit & 1U) != 0 ? word | other : word & other;
  }
  return word;
}

}  // namespace gantry::ssd
