#include "ssd/steady_state.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

#include "ssd/exponential.hpp"
#include "ssd/random_bits.hpp"
#include "ssd/translation.hpp"

namespace gantry::ssd {
namespace {

bool has_ages(VictimPolicy policy) {
  return policy == VictimPolicy::kFifo || policy == VictimPolicy::kCostBenefit;
}

theory::MeanField mean_field(const GarbageCollection& rules, double rho, std::uint32_t b) {
  switch (rules.victims) {
    case VictimPolicy::kGreedy:
      return theory::greedy_victims(rho, b);
    case VictimPolicy::kDChoices:
      return theory::sampled_victims(rho, b, rules.choices);
    case VictimPolicy::kRandom:
      return theory::sampled_victims(rho, b, 1);
    case VictimPolicy::kFifo:
    case VictimPolicy::kCostBenefit:
      break;
  }
  return {theory::fifo_victims(rho), {}};
}

}  // namespace

SteadyState::SteadyState(const Parameters& parameters)
    : parameters_(parameters),
      rho_(std::clamp(theory::rho_of(parameters), 0.0001, 0.9999)),
      field_(mean_field(parameters.collection, rho_, parameters.geometry.slots_per_block())) {}

/// Room is in free blocks and in frontiers, of which one has what is left of whole blocks. Returns
/// the number of blocks that are closed.
std::uint32_t SteadyState::draw_room(SteadyPlane& plane, double phase, Random& random) const {
  const auto& geometry = parameters_.geometry;
  const auto& rules = parameters_.collection;
  const auto pages = geometry.pages_per_block;
  const auto per_page = geometry.slots_per_page();
  auto written = (geometry.blocks_per_plane - rules.start_below - rules.generations) * pages -
                 random.below(room_ahead(geometry) / per_page + 1);
  for (std::uint32_t frontier = 0; frontier < rules.generations; ++frontier) {
    const auto there = std::min(
        written, frontier == 0 ? static_cast<std::uint32_t>(phase * pages) : random.below(pages));
    plane.frontiers.push_back(there * per_page);
    written -= there;
  }
  plane.frontiers.push_back(written % pages * per_page);
  return written / pages;
}

SteadyPlane SteadyState::draw(std::uint32_t live, double phase, Random& random) const {
  const auto b = parameters_.geometry.slots_per_block();
  SteadyPlane plane;
  plane.amplification = field_.amplification;
  const auto closed = draw_room(plane, phase, random);
  for (const auto written : plane.frontiers) {
    plane.in_frontiers.push_back(std::min(written, live));
    live -= plane.in_frontiers.back();
  }
  plane.valid.resize(closed);
  if (has_ages(parameters_.collection.victims)) {
    draw_by_age(plane, random);
  } else {
    draw_by_rank(plane, random);
  }
  // To the exact sum, which the draw comes near.
  auto sum = std::accumulate(plane.valid.begin(), plane.valid.end(), std::uint64_t{0});
  while (sum != live) {
    auto& valid = plane.valid[random.below(static_cast<std::uint32_t>(plane.valid.size()))];
    if (sum > live && valid > 0) {
      --valid;
      --sum;
    } else if (sum < live && valid < b) {
      ++valid;
      ++sum;
    }
  }
  return plane;
}

/// Each slot has survived with a probability that falls exponentially with the age of its block.
void SteadyState::draw_by_age(SteadyPlane& plane, Random& random) const {
  const auto slots = parameters_.geometry.slots_per_block();
  const auto closed = static_cast<double>(plane.valid.size());
  auto younger = closed;
  for (auto& valid : plane.valid) {
    const auto age = (younger - 0.5) / closed;
    younger -= 1;
    const auto share =
        static_cast<std::uint32_t>(exponential(-age / (rho_ * field_.amplification)) * 65536 + 0.5);
    for (std::uint32_t slot = 0; slot < slots; slot += 64) {
      const auto bits = random_bits(share, random);
      const auto there = slots - slot;
      valid += static_cast<std::uint32_t>(
          std::popcount(there < 64 ? bits & ((std::uint64_t{1} << there) - 1) : bits));
    }
  }
}

/// One block from each of as many equal parts of the distribution, in a random order.
void SteadyState::draw_by_rank(SteadyPlane& plane, Random& random) const {
  const auto closed = static_cast<std::uint32_t>(plane.valid.size());
  auto valid = parameters_.geometry.slots_per_block();
  for (std::uint32_t at = 0; at < closed; ++at) {
    const auto rank = (at + random.unit()) / closed;
    while (valid > 0 && field_.at_least[valid] <= rank) {
      --valid;
    }
    const auto other = random.below(at + 1);
    plane.valid[at] = plane.valid[other];
    plane.valid[other] = valid;
  }
}

}  // namespace gantry::ssd
