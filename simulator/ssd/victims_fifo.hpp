#pragma once

#include <vector>

#include "ssd/block_table.hpp"

namespace gantry::ssd {

/// First in, first out: the block that was closed first, whatever is in it.
///
/// Write amplification under uniform random writes, alpha = slots in play / live pages, for blocks
/// of any size (Desnoyers 2012; Xiang, Kurkoski 2012): 1 - 1 / A = exp(-alpha / A).
class FifoVictims {
 public:
  explicit FifoVictims(const Geometry& geometry) : lists_(geometry.planes()) {}

  void add(BlockTable& blocks, PlaneId plane, BlockId block) {
    lists_[index(plane)].push_back(blocks, block);
  }
  void remove(BlockTable& blocks, PlaneId plane, BlockId block) {
    lists_[index(plane)].remove(blocks, block);
  }
  BlockId choose(const BlockTable& /*blocks*/, PlaneId plane) const {
    const auto& list = lists_[index(plane)];
    return list.empty() ? kNoBlock : list.front();
  }

  /// See Victims.
  template <class IsClosed>
  bool is_sound(const BlockTable& blocks, PlaneId plane, std::uint32_t count,
                const IsClosed& is_closed) const {
    return lists_[index(plane)].size_if_sound(blocks, is_closed) == count;
  }
  template <class Archive>
  void transfer(Archive& archive) {
    archive(lists_);
  }

 private:
  std::vector<BlockList> lists_;
};

}  // namespace gantry::ssd
