#include "report/quantity.hpp"

#include <cmath>

#include <fmt/format.h>

namespace gantry::report {

namespace {

/// Puts commas into the whole part of a number that fmt has written.
std::string with_thousands(std::string digits) {
  auto at = digits.find('.');
  at = at == std::string::npos ? digits.size() : at;
  const std::size_t begin = digits.starts_with('-') ? 1 : 0;
  while (at > begin + 3) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

struct Step {
  double least;  ///< from which on the unit is used
  double divisor;
  const char* unit;
};

/// With four digits in the largest unit that makes the number 1 or more.
template <std::size_t N>
std::string stepped(double value, const Step (&steps)[N]) {
  const auto* step = &steps[0];
  for (const auto& one : steps) {
    step = std::abs(value) >= one.least ? &one : step;
  }
  const auto scaled = value / step->divisor;
  const auto size = std::abs(scaled);
  const bool is_whole = step->divisor == 1 && scaled == std::floor(scaled);
  return fmt::format("{} {}",
                     fixed(scaled, is_whole || size >= 1000 ? 0
                                   : size >= 100            ? 1
                                                            : 2),
                     step->unit);
}

constexpr Step kTimes[] = {{0, 1, "ns"}, {1e3, 1e3, "µs"}, {1e6, 1e6, "ms"}, {1e9, 1e9, "s"}};
constexpr Step kBandwidths[] = {
    {0, 1, "B/s"}, {1e3, 1e3, "kB/s"}, {1e6, 1e6, "MB/s"}, {1e9, 1e9, "GB/s"}};
constexpr Step kBytes[] = {
    {0, 1, "B"}, {1e3, 1e3, "kB"}, {1e6, 1e6, "MB"}, {1e9, 1e9, "GB"}, {1e12, 1e12, "TB"}};
constexpr Step kEnergies[] = {
    {0, 1, "pJ"}, {1e3, 1e3, "nJ"}, {1e6, 1e6, "µJ"}, {1e9, 1e9, "mJ"}, {1e12, 1e12, "J"}};

}  // namespace

std::string grouped(std::uint64_t number) {
  return with_thousands(std::to_string(number));
}

std::string fixed(double value, int decimals) {
  return std::abs(value) < 1e15 ? with_thousands(fmt::format("{:.{}f}", value, decimals))
                                : fmt::format("{:.4g}", value);
}

std::string exact(double value) {
  return std::abs(value) < 1e15 && value == std::floor(value) ? fmt::format("{:.0f}", value)
                                                              : fmt::format("{}", value);
}

std::string text_of(double value, Unit unit) {
  switch (unit) {
    case Unit::kCount:
      return fixed(value, 0);
    case Unit::kIops:
      return fixed(value, value < 100 ? 2 : 0) + " IOPS";
    case Unit::kBytesPerSecond:
      return stepped(value, kBandwidths);
    case Unit::kBytes:
      return stepped(value, kBytes);
    case Unit::kNanos:
      return stepped(value, kTimes);
    case Unit::kShare:
      return fixed(value * 100, 1) + " %";
    case Unit::kFactor:
      return fixed(value, 3);
    case Unit::kPicojoules:
      return stepped(value, kEnergies);
  }
  return "";
}

Scaling time_scaling(double least, double most) {
  if (most < 1e4) {
    return {1, 0, "ns"};
  }
  if (least >= 1e7) {
    return {1e6, 2, "ms"};
  }
  return {1e3, most < 1e6 ? 2 : 1, "µs"};
}

Scaling bandwidth_scaling(double most) {
  return most < 1e10 ? Scaling{1e6, 1, "MB/s"} : Scaling{1e9, 2, "GB/s"};
}

std::string text_of(double value, const Scaling& scaling) {
  return fixed(value / scaling.divisor, scaling.decimals);
}

}  // namespace gantry::report
