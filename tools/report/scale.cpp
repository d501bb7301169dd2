#include "report/scale.hpp"

#include <algorithm>
#include <cmath>

namespace gantry::report {

Scale::Scale(Kind kind, double least, double most, double begin, double end)
    : kind_(kind), begin_(begin), end_(end) {
  least_ = along(least);
  most_ = along(most);
}

double Scale::along(double value) const {
  constexpr double kLeastRest = 1e-9;
  switch (kind_) {
    case Kind::kLinear:
      return value;
    case Kind::kLogarithmic:
      return std::log10(std::max(value, 1e-3));
    case Kind::kNines:
      return -std::log10(std::max(1 - value, kLeastRest));
  }
  return value;
}

double Scale::operator()(double value) const {
  const auto share = most_ <= least_ ? 0 : (along(value) - least_) / (most_ - least_);
  return begin_ + (end_ - begin_) * std::clamp(share, 0.0, 1.0);
}

std::vector<double> linear_ticks(double most, int count) {
  constexpr double kLeast = 1e-200;  // of smaller ones the steps would be 0
  if (!(most > kLeast)) {
    return {0, 1};
  }
  const auto power = std::pow(10, std::floor(std::log10(most / count)));
  auto step = power;
  for (const auto factor : {1.0, 2.0, 5.0, 10.0}) {
    step = power * factor;
    if (step * count >= most * (1 - 1e-9)) {
      break;
    }
  }
  std::vector<double> ticks;
  for (int at = 0; at == 0 || ticks.back() < most * (1 - 1e-9); ++at) {
    ticks.push_back(step * at);
  }
  return ticks;
}

std::vector<double> logarithmic_ticks(double least, double most) {
  constexpr double kNear = 1e-9;  // of what is a tick but for rounding
  const auto within = [&](const std::vector<double>& factors) {
    std::vector<double> ticks;
    for (int power = static_cast<int>(std::floor(std::log10(least)));
         std::pow(10, power) <= most * (1 + kNear); ++power) {
      for (const auto factor : factors) {
        const auto tick = std::pow(10, power) * factor;
        if (tick >= least * (1 - kNear) && tick <= most * (1 + kNear)) {
          ticks.push_back(tick);
        }
      }
    }
    return ticks;
  };
  constexpr std::size_t kFew = 4;
  auto ticks = within({1});
  if (ticks.size() < kFew) {
    ticks = within({1, 2, 5});
  }
  if (ticks.size() < 2) {
    const auto power = std::pow(10, std::floor(std::log10(least)));
    ticks = {power, power * 10};
  }
  return ticks;
}

}  // namespace gantry::report
