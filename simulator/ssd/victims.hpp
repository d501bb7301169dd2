#pragma once

#include <cstdint>
#include <variant>

#include "ssd/block_table.hpp"
#include "ssd/parameters.hpp"
#include "ssd/victims_cost_benefit.hpp"
#include "ssd/victims_fifo.hpp"
#include "ssd/victims_greedy.hpp"
#include "ssd/victims_sampled.hpp"

namespace gantry::ssd {

/// Which closed block garbage collection empties next: one of the policies, chosen once.
class Victims {
 public:
  Victims(const Geometry& geometry, const GarbageCollection& collection, std::uint64_t seed)
      : policy_(make(geometry, collection, seed)), greedy_(std::get_if<GreedyVictims>(&policy_)) {}
  Victims(const Victims&) = delete;
  Victims& operator=(const Victims&) = delete;

  /// A block has been filled.
  void add(BlockTable& blocks, PlaneId plane, BlockId block) {
    std::visit([&](auto& policy) { policy.add(blocks, plane, block); }, policy_);
  }

  /// A closed block has lost a valid slot. Only greedy needs to know, at once.
  void shrunk(BlockTable& blocks, PlaneId plane, BlockId block) {
    if (greedy_ != nullptr) {
      greedy_->shrunk(blocks, plane, block);
    }
  }

  /// Takes a block out.
  void remove(BlockTable& blocks, PlaneId plane, BlockId block) {
    std::visit([&](auto& policy) { policy.remove(blocks, plane, block); }, policy_);
  }

  /// The block to take next; kNoBlock: there is none.
  BlockId choose(const BlockTable& blocks, PlaneId plane) {
    return std::visit([&](auto& policy) { return policy.choose(blocks, plane); }, policy_);
  }

  /// Whether it knows all blocks that are closed, of which there are so many.
  template <class IsClosed>
  bool is_sound(const BlockTable& blocks, PlaneId plane, std::uint32_t count,
                const IsClosed& is_closed) const {
    return std::visit(
        [&](const auto& policy) { return policy.is_sound(blocks, plane, count, is_closed); },
        policy_);
  }
  template <class Archive>
  void transfer(Archive& archive) {
    std::visit([&](auto& policy) { archive(policy); }, policy_);
  }

 private:
  using Policy = std::variant<GreedyVictims, FifoVictims, SampledVictims, CostBenefitVictims>;

  static Policy make(const Geometry& geometry, const GarbageCollection& collection,
                     std::uint64_t seed) {
    switch (collection.victims) {
      case VictimPolicy::kGreedy:
        return GreedyVictims(geometry);
      case VictimPolicy::kFifo:
        return FifoVictims(geometry);
      case VictimPolicy::kRandom:
        return SampledVictims(geometry, 1, seed);
      case VictimPolicy::kDChoices:
        return SampledVictims(geometry, collection.choices, seed);
      case VictimPolicy::kCostBenefit:
        break;
    }
    return CostBenefitVictims(geometry);
  }

  Policy policy_;
  GreedyVictims* greedy_;  // if it is that
};

}  // namespace gantry::ssd
