#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "report/chart.hpp"
#include "report/quantity.hpp"

namespace gantry::report {

namespace {

/// "0", "0.5", "20k", "1.5M": at most three digits that matter.
std::string short_text(double value) {
  struct Step {
    double least;
    const char* letter;
  };
  for (const auto& [least, letter] :
       {Step{1e12, "T"}, Step{1e9, "G"}, Step{1e6, "M"}, Step{1e3, "k"}}) {
    if (value >= least * 0.9999) {
      return fmt::format("{:.3g}{}", value / least, letter);
    }
  }
  return fmt::format("{:.3g}", value);
}

/// "500 ns", "20 µs": of a round number.
std::string time_text(double nanos) {
  struct Step {
    double least;
    const char* unit;
  };
  for (const auto& [least, unit] : {Step{1e9, "s"}, Step{1e6, "ms"}, Step{1e3, "µs"}}) {
    if (nanos >= least * 0.9999) {
      return fmt::format("{:.6g} {}", nanos / least, unit);
    }
  }
  return fmt::format("{:.3g} ns", nanos);
}

}  // namespace

Axis amount_axis(double most, std::string label) {
  Axis axis{Scale::Kind::kLinear, 0, 1, {}, std::move(label)};
  for (const auto tick : linear_ticks(most, 4)) {
    axis.ticks.push_back({tick, short_text(tick)});
  }
  axis.most = axis.ticks.back().value;
  return axis;
}

Axis time_axis(double least, double most, std::string label) {
  constexpr double kSpare = 1.12;
  least = std::max(least, 1.0) / kSpare;
  most = std::max(most, least) * kSpare;
  const auto ticks = logarithmic_ticks(least, most);
  Axis axis{Scale::Kind::kLogarithmic,
            std::min(least, ticks.front()),
            std::max(most, ticks.back()),
            {},
            std::move(label)};
  for (const auto tick : ticks) {
    axis.ticks.push_back({tick, time_text(tick)});
  }
  return axis;
}

Axis share_axis(double commands, std::string label) {
  constexpr double kMostNines = 6;
  const auto nines = std::clamp(std::ceil(std::log10(std::max(commands, 1.0))), 2.0, kMostNines);
  Axis axis{Scale::Kind::kNines,
            0,
            1 - std::pow(10, -nines),
            {{0, "0 %"}, {0.5, "50 %"}},
            std::move(label)};
  for (int nine = 1; nine <= static_cast<int>(nines); ++nine) {
    axis.ticks.push_back(
        {1 - std::pow(10, -nine),
         fmt::format("{:.{}f} %", 100 - std::pow(10, 2 - nine), std::max(nine - 2, 0))});
  }
  return axis;
}

Axis elapsed_axis(double nanos) {
  const auto [divisor, unit] = nanos >= 2e9   ? std::pair{1e9, "s"}
                               : nanos >= 2e6 ? std::pair{1e6, "ms"}
                               : nanos >= 2e3 ? std::pair{1e3, "µs"}
                                              : std::pair{1.0, "ns"};
  Axis axis{Scale::Kind::kLinear, 0, nanos, {}, fmt::format("simulated time ({})", unit)};
  for (const auto tick : linear_ticks(nanos / divisor, 5)) {
    if (tick <= nanos / divisor * (1 + 1e-9)) {
      axis.ticks.push_back({tick * divisor, fixed(tick, tick == std::floor(tick) ? 0 : 1)});
    }
  }
  return axis;
}

}  // namespace gantry::report
