#pragma once

#include <cstdint>
#include <vector>

#include "ssd/block_table.hpp"
#include "ssd/random.hpp"

namespace gantry::ssd {

/// d-choices: of d closed blocks that are drawn at random, the one with the fewest valid slots.
/// With d = 1 it is any block.
///
/// Write amplification under uniform random writes (Van Houdt 2013): with S_i the share of blocks
/// that have i valid slots or more, S_(b+1) = 0 and l i (S_i - S_(i+1)) = 1 - S_i^d for i = b..1,
/// where l is such that the S_i sum up to rho b; A = 1 / (l rho). For d = 1 this is A = 1 / (1 -
/// rho).
class SampledVictims {
 public:
  SampledVictims(const Geometry& geometry, std::uint32_t choices, std::uint64_t seed)
      : choices_(choices),
        blocks_per_plane_(geometry.blocks_per_plane),
        closed_(geometry.planes()),
        random_(seed) {}

  void add(BlockTable& blocks, PlaneId plane, BlockId block) {
    auto& closed = closed_[index(plane)];
    blocks[block].next = static_cast<std::uint32_t>(closed.size());  // its place among them
    closed.push_back(block);
  }
  void remove(BlockTable& blocks, PlaneId plane, BlockId block) {
    auto& closed = closed_[index(plane)];
    const auto at = blocks[block].next;
    closed[at] = closed.back();
    blocks[closed[at]].next = at;
    closed.pop_back();
  }
  BlockId choose(const BlockTable& blocks, PlaneId plane) {
    const auto& closed = closed_[index(plane)];
    auto best = kNoBlock;
    for (std::uint32_t draw = 0; draw < choices_ && !closed.empty(); ++draw) {
      const auto block = closed[random_.below(static_cast<std::uint32_t>(closed.size()))];
      if (best == kNoBlock || blocks[block].valid < blocks[best].valid) {
        best = block;
      }
    }
    return best;
  }

  /// See Victims.
  template <class IsClosed>
  bool is_sound(const BlockTable& blocks, PlaneId plane, std::uint32_t count,
                const IsClosed& is_closed) const {
    const auto& closed = closed_[index(plane)];
    for (std::uint32_t at = 0; at < closed.size(); ++at) {
      if (!is_closed(closed[at]) || blocks[closed[at]].next != at) {
        return false;
      }
    }
    return closed.size() == count;
  }
  template <class Archive>
  void transfer(Archive& archive) {
    for (auto& closed : closed_) {
      archive.list(closed, blocks_per_plane_);
    }
    archive(random_);
  }

 private:
  std::uint32_t choices_;
  std::uint32_t blocks_per_plane_;
  std::vector<std::vector<BlockId>> closed_;
  Random random_;
};

}  // namespace gantry::ssd
