#pragma once

#include <cstdint>
#include <vector>

#include "ssd/block_table.hpp"
#include "ssd/wide.hpp"

namespace gantry::ssd {

/// Cost-benefit (Rosenblum, Ousterhout 1992; for flash: Kawaguchi, Nishioka, Motoda 1995): the
/// block with the greatest age (1 - u) / (2 u), u being the share of its slots that is valid. Age
/// is how many blocks of the plane have been closed since. Looks at all closed blocks of the plane.
class CostBenefitVictims {
 public:
  explicit CostBenefitVictims(const Geometry& geometry) : lists_(geometry.planes()) {}

  void add(BlockTable& blocks, PlaneId plane, BlockId block) {
    auto& entry = lists_[index(plane)];
    entry.list.push_back(blocks, block);
    entry.latest = blocks[block].closed_at;
  }
  void remove(BlockTable& blocks, PlaneId plane, BlockId block) {
    lists_[index(plane)].list.remove(blocks, block);
  }
  BlockId choose(const BlockTable& blocks, PlaneId plane) const {
    const auto& [list, latest] = lists_[index(plane)];
    auto best = kNoBlock;
    std::uint64_t best_gain = 0;
    std::uint64_t best_cost = 1;
    for (auto at = list.empty() ? 0 : index(list.front()) + 1; at != 0;) {
      const BlockId block{at - 1};
      const auto& entry = blocks[block];
      const auto gain =
          (std::uint64_t{latest - entry.closed_at} + 1) * (blocks.slots_per_block() - entry.valid);
      const std::uint64_t cost = entry.valid == 0 ? 1 : 2 * std::uint64_t{entry.valid};
      // gain / cost > best_gain / best_cost, in integers; an empty block beats all others.
      if (best == kNoBlock || is_more(gain, cost, best_gain, best_cost)) {
        best = block;
        best_gain = gain;
        best_cost = cost;
      }
      at = entry.next;
    }
    return best;
  }

  /// See Victims.
  template <class IsClosed>
  bool is_sound(const BlockTable& blocks, PlaneId plane, std::uint32_t count,
                const IsClosed& is_closed) const {
    return lists_[index(plane)].list.size_if_sound(blocks, is_closed) == count;
  }
  template <class Archive>
  void transfer(Archive& archive) {
    archive(lists_);
  }

 private:
  struct Closed {
    BlockList list;
    std::uint32_t latest = 0;  // closed_at of the one that came last
  };

  static bool is_more(std::uint64_t gain, std::uint64_t cost, std::uint64_t best_gain,
                      std::uint64_t best_cost) {
    return Wide{gain} * best_cost > Wide{best_gain} * cost;
  }

  std::vector<Closed> lists_;
};

}  // namespace gantry::ssd
