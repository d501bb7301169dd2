#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::report {

/// What a number counts; decides how it is written.
enum class Unit {
  kCount,
  kIops,
  kBytesPerSecond,
  kBytes,
  kNanos,
  kShare,   ///< of 1, written as per cent
  kFactor,  ///< without a unit, such as write amplification
  kPicojoules
};

/// For prose: three or four digits that matter and the unit, "28,903 IOPS", "15.20 ms", "86.5 %".
std::string text_of(double value, Unit unit);

/// "1,234,567": a whole number with its thousands apart.
std::string grouped(std::uint64_t number);

/// A number with so many decimals and its thousands apart: "15,204.4".
std::string fixed(double value, int decimals);

/// The shortest text that reads as the same number again, for machines.
std::string exact(double value);

/// One unit for a column of numbers: value / divisor, with so many decimals.
struct Scaling {
  double divisor = 1;
  int decimals = 0;
  std::string_view unit;  ///< "µs"
};

/// A time's unit in which the least and the most of a column are both easily read.
Scaling time_scaling(double least, double most);

/// MB/s or GB/s.
Scaling bandwidth_scaling(double most);

/// As written by a scaling, without its unit.
std::string text_of(double value, const Scaling& scaling);

}  // namespace gantry::report
