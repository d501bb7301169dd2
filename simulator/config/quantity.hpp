#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace gantry::config {

/// What a text with a unit measures.
enum class Measure : std::uint8_t {
  kTime,    ///< in nanoseconds: ns, us, ms, s
  kSize,    ///< in bytes: B, KiB to TiB, kB to TB
  kRate,    ///< in bytes per second: a size and "/s"; "unlimited" is 0
  kShare,   ///< in ten-thousandths of a percent: %
  kEnergy,  ///< in picojoules: pJ, nJ, uJ, mJ, J
  kPower,   ///< in microwatts: uW, mW, W
};

/// "3.5GB/s" as 3,500,000,000, exactly: what would have to be rounded is an error.
base::Result<std::uint64_t> parse_quantity(std::string_view text, Measure measure);

/// In the largest unit that needs no more than three decimals; parse_quantity() reads it as the
/// same.
std::string format_quantity(std::uint64_t value, Measure measure);

/// A regular expression (ECMA 262) of what parse_quantity() reads.
std::string quantity_pattern(Measure measure);

}  // namespace gantry::config
