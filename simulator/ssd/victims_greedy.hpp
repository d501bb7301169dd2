#pragma once

#include <cstdint>
#include <vector>

#include "ssd/block_table.hpp"

namespace gantry::ssd {

/// Greedy: the closed block with the fewest valid slots, and of those the one that has had so few
/// the longest. Every step is O(1): a plane has a list of its blocks for each number of valid
/// slots.
///
/// Write amplification under uniform random writes, b slots a block, rho = live pages / slots in
/// play (mean field, exact as the number of blocks grows): let H be the harmonic numbers, and j in
/// [0, b) the integer with m = 1 - (H_b - H_j) / l >= 0 and l j m <= 1, where 1 / l = (rho b - j) /
/// ((b - j) - j (H_b - H_j)). Then A = 1 / (l rho).
class GreedyVictims {
 public:
  explicit GreedyVictims(const Geometry& geometry)
      : counts_(geometry.slots_per_block() + 1),
        lists_(std::size_t{geometry.planes()} * counts_),
        fewest_(geometry.planes(), counts_) {}

  void add(BlockTable& blocks, PlaneId plane, BlockId block) {
    const auto valid = blocks[block].valid;
    list(plane, valid).push_back(blocks, block);
    if (valid < fewest_[index(plane)]) {
      fewest_[index(plane)] = valid;
    }
  }

  void shrunk(BlockTable& blocks, PlaneId plane, BlockId block) {
    const auto valid = blocks[block].valid;
    list(plane, valid + 1).remove(blocks, block);
    list(plane, valid).push_back(blocks, block);
    if (valid < fewest_[index(plane)]) {
      fewest_[index(plane)] = valid;
    }
  }

  void remove(BlockTable& blocks, PlaneId plane, BlockId block) {
    list(plane, blocks[block].valid).remove(blocks, block);
  }

  BlockId choose(const BlockTable& /*blocks*/, PlaneId plane) {
    auto& valid = fewest_[index(plane)];
    while (valid < counts_ && list(plane, valid).empty()) {
      ++valid;  // as often at most as shrunk() has lessened it, and once over all for each victim
    }
    return valid == counts_ ? kNoBlock : list(plane, valid).front();
  }

  /// See Victims.
  template <class IsClosed>
  bool is_sound(const BlockTable& blocks, PlaneId plane, std::uint32_t count,
                const IsClosed& is_closed) const {
    std::uint64_t found = 0;
    for (std::uint32_t valid = 0; valid < counts_; ++valid) {
      const auto& of = lists_[std::size_t{index(plane)} * counts_ + valid];
      const auto size = of.size_if_sound(
          blocks, [&](BlockId block) { return is_closed(block) && blocks[block].valid == valid; });
      if (!size || (*size > 0 && valid < fewest_[index(plane)])) {
        return false;
      }
      found += *size;
    }
    return found == count && fewest_[index(plane)] <= counts_;
  }
  template <class Archive>
  void transfer(Archive& archive) {
    archive(lists_, fewest_);
  }

 private:
  BlockList& list(PlaneId plane, std::uint32_t valid) {
    return lists_[std::size_t{index(plane)} * counts_ + valid];
  }

  std::uint32_t counts_;
  std::vector<BlockList> lists_;
  std::vector<std::uint32_t> fewest_;  // of a plane: no list below this has any
};

}  // namespace gantry::ssd
