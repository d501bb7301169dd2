#include "workload/steady_state.hpp"

#include <algorithm>
#include <array>

namespace gantry::workload {

namespace {

constexpr std::size_t kRounds = 5;

Excursion excursion(const std::array<double, kRounds>& rounds) {
  double sum = 0;
  double moment = 0;
  for (std::size_t at = 0; at < kRounds; ++at) {
    sum += rounds[at];
    moment += rounds[at] * (static_cast<double>(at) - 2);
  }
  if (sum == 0) {
    return {};
  }
  const auto mean = sum / kRounds;
  const auto [least, greatest] = std::minmax_element(rounds.begin(), rounds.end());
  const auto slope = moment / 10 * (kRounds - 1);  // 10: squares of -2 to 2
  return {(*greatest - *least) / mean, (slope < 0 ? -slope : slope) / mean};
}

}  // namespace

SteadyState judge(const TimeSeries& series) {
  const auto of_round = series.whole() / 2 / kRounds;
  if (of_round == 0) {
    return {};
  }
  std::array<double, kRounds> commands{};
  std::array<double, kRounds> amplification{};
  auto at = series.whole() - of_round * kRounds;
  for (std::size_t round = 0; round < kRounds; ++round) {
    Window sum;
    for (std::size_t i = 0; i < of_round; ++i) {
      sum.add(series.windows()[at++]);
    }
    commands[round] = static_cast<double>(sum.commands());
    if (sum.host_pages > 0) {
      amplification[round] = static_cast<double>(sum.host_pages + sum.moved_pages) /
                             static_cast<double>(sum.host_pages);
    }
  }
  return {true, excursion(commands), excursion(amplification)};
}

}  // namespace gantry::workload
