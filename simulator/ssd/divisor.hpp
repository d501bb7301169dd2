#pragma once

#include <cstdint>

#include "ssd/wide.hpp"

namespace gantry::ssd {

/// Divides by a number that is known only at run time, by one multiplication (Lemire, Kaser, Kurz:
/// Faster Remainder by Direct Computation, 2019): exact for all 32-bit numbers.
class Divisor {
 public:
  constexpr Divisor() = default;
  constexpr explicit Divisor(std::uint32_t value)
      : value_(value), inverse_(~std::uint64_t{0} / value + 1) {}

  constexpr std::uint32_t value() const { return value_; }
  constexpr std::uint32_t quotient(std::uint32_t number) const {
    // The inverse of 1 does not fit into 64 bits.
    return value_ == 1 ? number : static_cast<std::uint32_t>((Wide{inverse_} * number) >> 64);
  }
  constexpr std::uint32_t remainder(std::uint32_t number) const {
    return number - quotient(number) * value_;
  }

 private:
  std::uint32_t value_ = 1;
  std::uint64_t inverse_ = 0;
};

}  // namespace gantry::ssd
