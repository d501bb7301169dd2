#include "workload/zipf.hpp"

#include <algorithm>
#include <utility>

#include "workload/fixed_point.hpp"
#include "workload/log_linear.hpp"

namespace gantry::workload {

namespace {

/// part / whole, of which 1.0 is 2^64; part is less than whole.
std::uint64_t fraction(ssd::Wide part, ssd::Wide whole) {
  std::uint64_t result = 0;
  for (int bit = 0; bit < 64; ++bit) {
    part <<= 1;
    const bool is_set = part >= whole;
    part -= is_set ? whole : 0;
    result = result << 1 | (is_set ? 1 : 0);
  }
  return result;
}

}  // namespace

Zipf::Zipf(std::uint32_t ranks, std::uint32_t exponent_milli) : exponent_milli_(exponent_milli) {
  using Groups = LogLinear<6>;
  std::vector<ssd::Wide> weights;
  const auto last_group = Groups::bucket_of(ranks);
  for (auto at = Groups::bucket_of(1); at <= last_group; ++at) {
    const auto last = std::min<std::uint64_t>(Groups::greatest_of(at), ranks);
    Group group;
    group.first = static_cast<std::uint32_t>(Groups::least_of(at));
    group.ranks = static_cast<std::uint32_t>(last - group.first + 1);
    group.least = relative(group.first, static_cast<std::uint32_t>(last));
    groups_.push_back(group);
    weights.push_back(ssd::Wide{relative(1, group.first)} * group.ranks);
  }
  make_aliases(std::move(weights));
}

std::uint64_t Zipf::relative(std::uint32_t first, std::uint32_t rank) const {
  const auto distance = log2_fixed(rank) - log2_fixed(first);
  return exp2_fixed(ssd::Wide{distance} * exponent_milli_ / 1000);
}

/// Vose's way to the tables: columns that are too low are filled up from one that is too high.
void Zipf::make_aliases(std::vector<ssd::Wide> weights) {
  ssd::Wide total = 0;
  for (const auto weight : weights) {
    total += weight;
  }
  std::vector<std::uint32_t> low;
  std::vector<std::uint32_t> high;
  for (std::uint32_t at = 0; at < weights.size(); ++at) {
    groups_[at].alias = at;
    groups_[at].keep = ~std::uint64_t{0};
    weights[at] *= weights.size();
    (weights[at] < total ? low : high).push_back(at);
  }
  while (!low.empty() && !high.empty()) {
    const auto at = low.back();
    const auto from = high.back();
    low.pop_back();
    groups_[at].alias = from;
    groups_[at].keep = fraction(weights[at], total);
    weights[from] -= total - weights[at];
    if (weights[from] < total) {
      high.pop_back();
      low.push_back(from);
    }
  }
}

}  // namespace gantry::workload
