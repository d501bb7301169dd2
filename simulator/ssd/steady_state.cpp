#include "ssd/steady_state.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

#include "ssd/exponential.hpp"
#include "ssd/random_bits.hpp"

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
      closed_(parameters.geometry.blocks_per_plane - 2 - parameters.collection.generations),
      rho_(std::clamp(theory::rho_of(parameters), 0.0001, 0.9999)),
      field_(mean_field(parameters.collection, rho_, parameters.geometry.slots_per_block())) {}

SteadyPlane SteadyState::draw(std::uint32_t live, double phase, Random& random) const {
  const auto& geometry = parameters_.geometry;
  const auto b = geometry.slots_per_block();
  const auto pages = geometry.pages_per_block;
  const auto generations = parameters_.collection.generations;
  SteadyPlane plane;
  plane.amplification = field_.amplification;
  // While the host writes, a frontier that survivors go to has less room than one victim would
  // need.
  const auto room = [&](double share) {
    return static_cast<std::uint32_t>(share / field_.amplification * pages);
  };
  const auto host = generations == 0 ? pages - 1 - std::min(room(phase), pages - 1)
                                     : static_cast<std::uint32_t>(phase * pages);
  plane.frontiers.push_back(host * geometry.slots_per_page());
  for (std::uint32_t frontier = 0; frontier < generations; ++frontier) {
    plane.frontiers.push_back((pages - room(random.unit())) * geometry.slots_per_page());
  }
  for (auto& written : plane.frontiers) {
    written = std::min(written, live);
    live -= written;
  }
  plane.valid.resize(closed_);
  if (has_ages(parameters_.collection.victims)) {
    draw_by_age(plane, random);
  } else {
    draw_by_rank(plane, random);
  }
  // To the exact sum, which the draw comes near.
  auto sum = std::accumulate(plane.valid.begin(), plane.valid.end(), std::uint64_t{0});
  while (sum != live) {
    auto& valid = plane.valid[random.below(closed_)];
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
  auto younger = static_cast<double>(closed_);
  for (auto& valid : plane.valid) {
    const auto age = (younger - 0.5) / closed_;
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
  auto valid = parameters_.geometry.slots_per_block();
  for (std::uint32_t at = 0; at < closed_; ++at) {
    const auto rank = (at + random.unit()) / closed_;
    while (valid > 0 && field_.at_least[valid] <= rank) {
      --valid;
    }
    const auto other = random.below(at + 1);
    plane.valid[at] = plane.valid[other];
    plane.valid[other] = valid;
  }
}

}  // namespace gantry::ssd
