#include "report/analysis.hpp"

#include <algorithm>
#include <numeric>

namespace gantry::report {

namespace {

/// A transfer counts from its beginning, so that one that goes on after the measurement can make a
/// share of a little more than all of the time.
double within_the_time(double share) {
  return std::min(share, 1.0);
}

Spread spread_of(std::vector<double> shares) {
  if (shares.empty()) {
    return {};
  }
  std::transform(shares.begin(), shares.end(), shares.begin(), within_the_time);
  const auto [least, most] = std::minmax_element(shares.begin(), shares.end());
  return {*least,
          std::accumulate(shares.begin(), shares.end(), 0.0) / static_cast<double>(shares.size()),
          *most};
}

double quotient(double part, double whole) {
  return whole <= 0 ? 0 : part / whole;
}

}  // namespace

Analysis analyse(const DeviceReport& report) {
  Analysis analysis;
  analysis.dies = spread_of(report.dies);
  analysis.channels = spread_of(report.channels);
  const auto seconds = static_cast<double>(report.time) / 1e9;
  double read = 0;
  double written = 0;
  double latency = 0;
  double commands = 0;
  for (const auto& operation : report.operations) {
    const auto bytes = static_cast<double>(operation.bytes);
    (operation.name == "read" ? read : written) += operation.name == "trim" ? 0 : bytes;
    const auto number = static_cast<double>(operation.commands);
    commands += number;
    latency += operation.latency.mean * number;
    analysis.operations.push_back({quotient(number, seconds), quotient(bytes, seconds)});
  }
  analysis.mean_latency = quotient(latency, commands);
  analysis.under_way = quotient(latency, static_cast<double>(report.time));
  analysis.link = within_the_time(report.link * quotient(std::max(read, written), read + written));
  const auto parts = report.parts();
  const auto whole = std::accumulate(parts.begin(), parts.end(), 0.0);
  for (std::size_t at = 0; at < parts.size(); ++at) {
    analysis.shares[at] = quotient(static_cast<double>(parts[at]), whole);
  }
  const auto moved = static_cast<double>(report.flash.moved_pages);
  analysis.moved = quotient(moved, moved + static_cast<double>(report.flash.host_pages));
  analysis.mean_erases =
      quotient(static_cast<double>(report.wear.erases), static_cast<double>(report.wear.blocks));
  return analysis;
}

std::array<double, kParts.size()> shares_of(const Parts& parts) {
  const auto whole = std::accumulate(parts.begin(), parts.end(), 0.0);
  std::array<double, kParts.size()> shares{};
  for (std::size_t at = 0; at < parts.size(); ++at) {
    shares[at] = whole <= 0 ? 0 : static_cast<double>(parts[at]) / whole;
  }
  return shares;
}

}  // namespace gantry::report
