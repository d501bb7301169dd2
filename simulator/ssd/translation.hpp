#pragma once

#include <cstdint>
#include <vector>

#include "ssd/block_table.hpp"
#include "ssd/page_map.hpp"
#include "ssd/parameters.hpp"
#include "ssd/victims.hpp"

namespace gantry::ssd {

/// The room of a plane that so many blocks beyond one for each generation make, in slots.
std::uint32_t kept_room(const Parameters& parameters, std::uint32_t blocks);
/// So much more room, a sixteenth of a block, an idle die makes: what comes next need not wait
/// then, and the room still hardly depends on the load.
std::uint32_t room_ahead(const Geometry& geometry);
/// The room that collection was after, which has begun with this one.
std::uint32_t wanted_room(const Parameters& parameters, std::uint32_t room);

/// Valid slots at which a plane is full: collection has what it needs with fewer. A device has
/// fewer logical pages than its planes together, so that one of them is not full.
std::uint32_t most_live(const Parameters& parameters);
/// Blocks of a plane that collection needs for itself.
std::uint64_t reserved_blocks(const GarbageCollection& rules);

/// The flash translation layer's books: where each logical page is, which blocks are free, filled
/// and next to be emptied. It knows no time; the device says when something happens.
class Translation {
 public:
  explicit Translation(const Parameters& parameters);

  const AddressMap& addresses() const { return addresses_; }
  const PageMap& pages() const { return pages_; }
  const BlockTable& blocks() const { return blocks_; }
  std::uint32_t free_blocks(PlaneId plane) const { return planes_[index(plane)].free; }
  /// Slots of a plane that can be programmed before one of its blocks is erased: those of free
  /// blocks and what is left of its frontiers.
  std::uint32_t room(PlaneId plane) const { return planes_[index(plane)].room; }

  /// Slots of a plane that have been programmed since their block was erased.
  std::uint32_t written_slots(PlaneId plane) const;

  /// Whether a plane holds so much that collection would not find room for more.
  bool is_full(PlaneId plane) const { return planes_[index(plane)].live >= most_live_; }

  /// Frontiers: 0 is the host's, g that of data that has survived g collections.
  static constexpr std::uint32_t kHostFrontier = 0;
  std::uint32_t frontier_after(BlockId victim) const;

  enum class For { kHost, kCollection };
  /// The first slot of the next flash page to program at a frontier; kNoSlot if the plane has no
  /// block for it. The host leaves the last free block to collection, which with that can always
  /// empty one more victim.
  Slot open_page(PlaneId plane, std::uint32_t frontier, For user);
  /// Whether open_page() would give the host one.
  bool has_page_for_host(PlaneId plane) const;

  /// lpn is in slot now, which an open_page() has given.
  void bind(Lpn lpn, Slot slot) {
    const auto former = pages_.bind(lpn, slot);
    const auto block = addresses_.block_of(slot);
    ++blocks_[block].valid;
    ++planes_[index(addresses_.plane_of(block))].live;
    if (former != kNoSlot) {
      lose(former);
    }
  }
  /// lpn is nowhere now; false: it was not anywhere.
  bool trim(Lpn lpn) {
    const auto former = pages_.unbind(lpn);
    if (former != kNoSlot) {
      lose(former);
    }
    return former != kNoSlot;
  }

  /// Takes a closed block out for collection, of which at least so many slots are not valid;
  /// kNoBlock: the one whose turn it is has fewer, or there is none.
  BlockId take_victim(PlaneId plane, std::uint32_t least_gain);
  /// The first valid slot of a block at or after an offset; slots_per_block() if there is none.
  std::uint32_t next_valid(BlockId block, std::uint32_t offset) const;
  /// An emptied victim can be written to again.
  void erase(BlockId block);

  /// Slots of the block at a frontier that can still be programmed.
  std::uint32_t room_at(PlaneId plane, std::uint32_t frontier) const {
    const auto& at = frontier_[std::size_t{index(plane)} * frontiers_ + frontier];
    return at.block == kNoBlock ? 0 : blocks_.slots_per_block() - at.next;
  }
  /// See Device::fault().
  const char* fault(std::uint64_t secret) const;
  template <class Archive>
  void transfer(Archive& archive) {
    archive(pages_, blocks_, victims_, planes_, frontier_, wear_of_);
  }

 private:
  friend class TranslationBuilder;

  struct Frontier {
    BlockId block = kNoBlock;
    std::uint32_t next = 0;  // offset of the slot
  };
  struct Plane {
    std::uint32_t free = 0;    // blocks, fresh ones among them
    std::uint32_t fresh = 0;   // number of the next one in the plane
    std::uint32_t closed = 0;  // how many have been closed
    std::uint32_t live = 0;    // valid slots
    std::uint32_t room = 0;    // slots to be programmed
    BlockList erased;
  };

  struct Wear {
    std::uint32_t most = 0;       // erases of one block
    std::uint32_t looked_at = 0;  // most, when nothing was overdue
  };

  void lose(Slot slot) {
    const auto block = addresses_.block_of(slot);
    const auto plane = addresses_.plane_of(block);
    auto& entry = blocks_[block];
    --entry.valid;
    --planes_[index(plane)].live;
    if (entry.state == BlockState::kClosed) {
      victims_.shrunk(blocks_, plane, block);
    }
  }
  void close(PlaneId plane, BlockId block);
  BlockId take_free(PlaneId plane);
  BlockId least_erased(const BlockList& list) const;
  BlockId overdue(PlaneId plane);
  const char* fault_of(PlaneId plane) const;
  bool are_frontiers_sound(PlaneId plane, std::uint32_t open) const;

  AddressMap addresses_;
  PageMap pages_;
  BlockTable blocks_;
  Victims victims_;
  WearLeveling wear_;
  std::uint32_t slots_per_page_;
  std::uint32_t most_live_;  // in a plane
  std::uint32_t frontiers_;  // of a plane
  std::vector<Plane> planes_;
  std::vector<Frontier> frontier_;  // of all planes
  std::vector<Wear> wear_of_;       // of a plane's blocks
};

}  // namespace gantry::ssd
