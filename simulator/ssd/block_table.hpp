#pragma once

#include <cstdint>
#include <optional>

#include "ssd/geometry.hpp"
#include "ssd/lazy_array.hpp"
#include "ssd/types.hpp"

namespace gantry::ssd {

enum class BlockState : std::uint8_t {
  kFresh,   ///< never written; all zeros, so that a fresh device takes no memory
  kFree,    ///< erased
  kOpen,    ///< a frontier
  kClosed,  ///< full
  kVictim,  ///< being emptied
};

/// What is known of a block. Links are for the one list that it is in.
struct Block {
  std::uint32_t valid = 0;  ///< slots
  std::uint32_t erases = 0;
  std::uint32_t closed_at = 0;  ///< how many blocks of its plane had been closed before it
  std::uint32_t next = 0;
  std::uint32_t previous = 0;
  BlockState state = BlockState::kFresh;
  std::uint8_t generation = 0;  ///< collections that its data has survived
  std::uint16_t reserved = 0;   ///< in the place of padding: the same state is the same bytes
};

/// All blocks of a device.
class BlockTable {
 public:
  explicit BlockTable(const Geometry& geometry)
      : per_plane_(geometry.blocks_per_plane),
        slots_per_block_(geometry.slots_per_block()),
        blocks_(geometry.blocks()) {}

  Block& operator[](BlockId block) { return blocks_[index(block)]; }
  const Block& operator[](BlockId block) const { return blocks_[index(block)]; }
  std::uint32_t per_plane() const { return per_plane_; }
  std::uint32_t slots_per_block() const { return slots_per_block_; }
  std::uint32_t first_of(PlaneId plane) const { return index(plane) * per_plane_; }
  LazyArray<Block>& all() { return blocks_; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(blocks_.size()); }

  template <class Archive>
  void transfer(Archive& archive) {
    archive(blocks_);
  }

 private:
  std::uint32_t per_plane_;
  std::uint32_t slots_per_block_;
  LazyArray<Block> blocks_;
};

/// Blocks in a row, by their links. Several lists share a table; a block is in one at a time.
class BlockList {
 public:
  bool empty() const { return head_ == 0; }
  BlockId front() const { return BlockId{head_ - 1}; }

  void push_back(BlockTable& blocks, BlockId block) {
    auto& entry = blocks[block];
    entry.previous = tail_;
    entry.next = 0;
    (tail_ == 0 ? head_ : blocks[BlockId{tail_ - 1}].next) = index(block) + 1;
    tail_ = index(block) + 1;
  }

  void remove(BlockTable& blocks, BlockId block) {
    const auto& entry = blocks[block];
    (entry.previous == 0 ? head_ : blocks[BlockId{entry.previous - 1}].next) = entry.next;
    (entry.next == 0 ? tail_ : blocks[BlockId{entry.next - 1}].previous) = entry.previous;
  }

  /// How many blocks are in it, if the links are those of one list and is_one_of() says of each
  /// that it may be in it. A list whose links agree in both directions has an end.
  template <class IsOneOf>
  std::optional<std::uint32_t> size_if_sound(const BlockTable& blocks,
                                             const IsOneOf& is_one_of) const {
    std::uint32_t size = 0;
    std::uint32_t previous = 0;
    for (auto at = head_; at != 0; at = blocks[BlockId{at - 1}].next) {
      if (at > blocks.size() || blocks[BlockId{at - 1}].previous != previous ||
          !is_one_of(BlockId{at - 1})) {
        return std::nullopt;
      }
      previous = at;
      ++size;
    }
    return tail_ == previous ? std::optional(size) : std::nullopt;
  }

 private:
  std::uint32_t head_ = 0;  // number plus 1; 0: none
  std::uint32_t tail_ = 0;
};

}  // namespace gantry::ssd
