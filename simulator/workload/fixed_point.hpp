#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "ssd/wide.hpp"

namespace gantry::workload {

/// Logarithms have 56 bits after the point: errors below are of the digit-by-digit method, and
/// less than 2^-54.
inline constexpr unsigned kLogBits = 56;

/// The binary logarithm of a number that is not 0. The same on every machine, unlike std::log2().
constexpr std::uint64_t log2_fixed(std::uint64_t number) {
  const auto whole = static_cast<unsigned>(std::bit_width(number)) - 1;
  auto mantissa = number << (63 - whole);  // 1.0 is 2^63
  auto result = std::uint64_t{whole};
  for (unsigned bit = 0; bit < kLogBits; ++bit) {
    const auto square = (ssd::Wide{mantissa} * mantissa) >> 63;
    const auto carry = static_cast<unsigned>(square >> 64);
    mantissa = static_cast<std::uint64_t>(square >> carry);
    result = (result << 1) | carry;
  }
  return result;
}

namespace detail {

/// Rounded down.
constexpr std::uint64_t square_root(ssd::Wide square) {
  ssd::Wide root = 0;
  for (auto bit = ssd::Wide{1} << 63; bit > 0; bit >>= 1) {
    if ((root | bit) * (root | bit) <= square) {
      root |= bit;
    }
  }
  return static_cast<std::uint64_t>(root);
}

/// 2^-(1/2), 2^-(1/4) and so on; 1.0 is 2^63.
inline constexpr auto kRoots = [] {
  std::array<std::uint64_t, kLogBits> roots{};
  auto root = std::uint64_t{1} << 62;
  for (auto& next : roots) {
    root = square_root(ssd::Wide{root} << 63);
    next = root;
  }
  return roots;
}();

}  // namespace detail

/// 2 to the power of minus exponent, of which 1.0 is 2^56; 1.0 of the result is 2^63.
constexpr std::uint64_t exp2_fixed(ssd::Wide exponent) {
  const auto whole = exponent >> kLogBits;
  if (whole > 63) {
    return 0;
  }
  auto result = std::uint64_t{1} << 63;
  for (unsigned bit = 0; bit < kLogBits; ++bit) {
    if ((exponent >> (kLogBits - 1 - bit) & 1) != 0) {
      result = static_cast<std::uint64_t>((ssd::Wide{result} * detail::kRoots[bit]) >> 63);
    }
  }
  return result >> static_cast<unsigned>(whole);
}

}  // namespace gantry::workload
