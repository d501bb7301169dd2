#include "report/latency.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>

namespace gantry::report {

namespace {

constexpr std::size_t kMostPercentiles = 100;

/// "99.9" as 0.999: digits with at most one point. Less than 0 if it is nothing such.
double share_of(const std::string& name) {
  const auto digits = [](char c) { return c >= '0' && c <= '9'; };
  const auto points = std::count(name.begin(), name.end(), '.');
  const auto all = std::count_if(name.begin(), name.end(), digits);
  if (name.size() > 12 || all == 0 || points > 1 ||
      points + all != static_cast<std::ptrdiff_t>(name.size())) {
    return -1;
  }
  // No locale is ever set, so the decimal point is one.
  return std::strtod(name.c_str(), nullptr) / 100;
}

}  // namespace

std::optional<double> Latency::percentile(std::string_view name) const {
  for (const auto& one : percentiles) {
    if (one.name == name) {
      return one.nanos;
    }
  }
  return std::nullopt;
}

std::vector<CurvePoint> curve_of(const Latency& latency) {
  std::vector<CurvePoint> curve;
  std::uint64_t all = 0;
  for (const auto& bucket : latency.buckets) {
    all += bucket.count;
  }
  if (all == 0 && latency.most <= 0) {
    return curve;
  }
  const auto add = [&](double nanos, double share) {
    nanos = std::clamp(nanos, latency.least, std::max(latency.least, latency.most));
    if (curve.size() > 1 && curve.back().nanos == nanos) {
      curve.back().share = std::max(curve.back().share, share);
    } else if (curve.empty() || (nanos >= curve.back().nanos && share >= curve.back().share)) {
      curve.push_back({nanos, share});
    }
  };
  add(latency.least, 0);
  if (all > 0) {
    std::uint64_t seen = 0;
    for (const auto& bucket : latency.buckets) {
      seen += bucket.count;
      add(bucket.nanos, static_cast<double>(seen) / static_cast<double>(all));
    }
  } else {
    for (const auto& one : latency.percentiles) {
      add(one.nanos, one.share);
    }
  }
  add(latency.most, 1);
  return curve;
}

std::vector<Percentile> read_percentiles(const JsonField& field) {
  std::vector<Percentile> percentiles;
  for (const auto& [name, value] : field.members(kMostPercentiles)) {
    const auto share = share_of(name);
    if (share < 0 || share > 1) {
      value.reject("must be named by a number from 0 to 100");
    }
    percentiles.push_back({name, share, value.amount()});
  }
  std::stable_sort(percentiles.begin(), percentiles.end(),
                   [](const Percentile& a, const Percentile& b) { return a.share < b.share; });
  return percentiles;
}

}  // namespace gantry::report
