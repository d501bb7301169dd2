#pragma once

#include <cstdint>

#include "ssd/divisor.hpp"
#include "ssd/types.hpp"

namespace gantry::ssd {

/// How many of everything there are. The numbers of dies and planes run over the channels first,
/// then over the chips of a channel, the dies of a chip, and the planes of a die, so that
/// neighbours do not share a channel.
struct Geometry {
  std::uint32_t channels = 8;
  std::uint32_t chips_per_channel = 4;
  std::uint32_t dies_per_chip = 1;
  std::uint32_t planes_per_die = 1;
  std::uint32_t blocks_per_plane = 256;
  std::uint32_t pages_per_block = 256;
  std::uint32_t page_bytes = 4096;
  std::uint32_t mapping_bytes = 4096;  ///< of a logical page; divides page_bytes

  constexpr std::uint32_t dies() const { return channels * chips_per_channel * dies_per_chip; }
  constexpr std::uint32_t planes() const { return dies() * planes_per_die; }
  constexpr std::uint32_t blocks() const { return planes() * blocks_per_plane; }
  constexpr std::uint32_t slots_per_page() const { return page_bytes / mapping_bytes; }
  constexpr std::uint32_t slots_per_block() const { return pages_per_block * slots_per_page(); }
  constexpr std::uint64_t slots() const { return std::uint64_t{blocks()} * slots_per_block(); }
  constexpr std::uint64_t raw_bytes() const { return slots() * mapping_bytes; }

  bool operator==(const Geometry&) const = default;
};

/// Where things are: the arithmetic of a geometry, with its divisions prepared.
class AddressMap {
 public:
  constexpr explicit AddressMap(const Geometry& geometry)
      : slots_per_block_(geometry.slots_per_block()),
        blocks_per_plane_(geometry.blocks_per_plane),
        dies_(geometry.dies()),
        channels_(geometry.channels),
        slots_per_page_(geometry.slots_per_page()) {}

  constexpr BlockId block_of(Slot slot) const {
    return BlockId{slots_per_block_.quotient(index(slot))};
  }
  /// Of the slot in its block.
  constexpr std::uint32_t offset_of(Slot slot) const {
    return slots_per_block_.remainder(index(slot));
  }
  constexpr Slot slot_of(BlockId block, std::uint32_t offset) const {
    return Slot{index(block) * slots_per_block_.value() + offset};
  }
  /// Number of the flash page in its block.
  constexpr std::uint32_t page_of(std::uint32_t offset) const {
    return slots_per_page_.quotient(offset);
  }
  constexpr PlaneId plane_of(BlockId block) const {
    return PlaneId{blocks_per_plane_.quotient(index(block))};
  }
  constexpr BlockId first_block(PlaneId plane) const {
    return BlockId{index(plane) * blocks_per_plane_.value()};
  }
  constexpr DieId die_of(PlaneId plane) const { return DieId{dies_.remainder(index(plane))}; }
  constexpr ChannelId channel_of(DieId die) const {
    return ChannelId{channels_.remainder(index(die))};
  }

 private:
  Divisor slots_per_block_;
  Divisor blocks_per_plane_;
  Divisor dies_;
  Divisor channels_;
  Divisor slots_per_page_;
};

}  // namespace gantry::ssd
