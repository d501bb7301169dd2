#include "ssd/translation.hpp"

#include <algorithm>
#include <bit>
#include <cassert>

namespace gantry::ssd {

std::uint32_t kept_room(const Parameters& parameters, std::uint32_t blocks) {
  const auto slots = (std::uint64_t{blocks} + parameters.collection.generations) *
                     parameters.geometry.slots_per_block();
  return static_cast<std::uint32_t>(std::min(slots, parameters.geometry.slots()));
}

std::uint32_t room_ahead(const Geometry& geometry) {
  return std::max(1U, geometry.pages_per_block / 16) * geometry.slots_per_page();
}

std::uint32_t wanted_room(const Parameters& parameters, std::uint32_t room) {
  const auto kept = kept_room(parameters, parameters.collection.start_below);
  const auto ahead = kept + room_ahead(parameters.geometry);
  return room < kept    ? kept
         : room < ahead ? ahead
                        : kept_room(parameters, parameters.collection.idle_below);
}

/// Beyond the room that is kept: what the host's frontier holds and what those of generations hold
/// can all be garbage, which cannot be had as long as nothing more comes there. To the last one
/// something always comes.
std::uint64_t reserved_blocks(const GarbageCollection& rules) {
  return std::uint64_t{rules.start_below} + rules.generations + std::max(1U, rules.generations);
}

std::uint32_t most_live(const Parameters& parameters) {
  const auto& geometry = parameters.geometry;
  // The last page that a victim's survivors are programmed to may hold one alone. So there has to
  // be a block with a whole page of slots to gain, wherever they are.
  const auto sure = geometry.slots_per_block() - (geometry.slots_per_page() - 1);
  return (geometry.blocks_per_plane -
          static_cast<std::uint32_t>(reserved_blocks(parameters.collection))) *
         sure;
}

Translation::Translation(const Parameters& parameters)
    : addresses_(parameters.geometry),
      pages_(parameters.logical_pages, static_cast<std::uint32_t>(parameters.geometry.slots())),
      blocks_(parameters.geometry),
      victims_(parameters.geometry, parameters.collection, parameters.seed),
      wear_(parameters.wear),
      slots_per_page_(parameters.geometry.slots_per_page()),
      most_live_(most_live(parameters)),
      frontiers_(parameters.collection.generations + 1),
      planes_(parameters.geometry.planes()),
      frontier_(std::size_t{planes_.size()} * frontiers_),
      wear_of_(planes_.size()) {
  for (auto& plane : planes_) {
    plane.free = parameters.geometry.blocks_per_plane;
    plane.room = plane.free * blocks_.slots_per_block();
  }
}

std::uint32_t Translation::written_slots(PlaneId plane) const {
  auto slots = (blocks_.per_plane() - planes_[index(plane)].free) * blocks_.slots_per_block();
  for (std::uint32_t frontier = 0; frontier < frontiers_; ++frontier) {
    const auto& at = frontier_[std::size_t{index(plane)} * frontiers_ + frontier];
    slots -= at.block == kNoBlock ? 0 : blocks_.slots_per_block() - at.next;
  }
  return slots;
}

std::uint32_t Translation::frontier_after(BlockId victim) const {
  return std::min(blocks_[victim].generation + 1U, frontiers_ - 1);
}

bool Translation::has_page_for_host(PlaneId plane) const {
  const auto& at = frontier_[std::size_t{index(plane)} * frontiers_ + kHostFrontier];
  const bool is_full = at.block == kNoBlock || at.next == blocks_.slots_per_block();
  const bool is_shared = frontiers_ == 1;
  return planes_[index(plane)].free >= (is_full ? 2U : is_shared ? 1U : 0U);
}

Slot Translation::open_page(PlaneId plane, std::uint32_t frontier, For user) {
  if (user == For::kHost && !has_page_for_host(plane)) {
    return kNoSlot;
  }
  auto& at = frontier_[std::size_t{index(plane)} * frontiers_ + frontier];
  if (at.block == kNoBlock || at.next == blocks_.slots_per_block()) {
    if (at.block != kNoBlock) {
      close(plane, at.block);
    }
    at = {take_free(plane), 0};
    blocks_[at.block].generation = static_cast<std::uint8_t>(frontier);
  }
  const auto slot = addresses_.slot_of(at.block, at.next);
  at.next += slots_per_page_;
  planes_[index(plane)].room -= slots_per_page_;
  return slot;
}

void Translation::close(PlaneId plane, BlockId block) {
  auto& entry = blocks_[block];
  entry.state = BlockState::kClosed;
  entry.closed_at = planes_[index(plane)].closed++;
  victims_.add(blocks_, plane, block);
}

BlockId Translation::take_free(PlaneId plane) {
  auto& books = planes_[index(plane)];
  assert(books.free > 0);
  --books.free;
  auto block = kNoBlock;
  if (books.fresh < blocks_.per_plane()) {  // fewer erases than any other has
    block = BlockId{blocks_.first_of(plane) + books.fresh++};
  } else {
    block = wear_.dynamic ? least_erased(books.erased) : books.erased.front();
    books.erased.remove(blocks_, block);
  }
  blocks_[block].state = BlockState::kOpen;
  return block;
}

BlockId Translation::least_erased(const BlockList& list) const {
  auto best = list.front();
  for (auto at = blocks_[best].next; at != 0; at = blocks_[BlockId{at - 1}].next) {
    if (blocks_[BlockId{at - 1}].erases < blocks_[best].erases) {
      best = BlockId{at - 1};
    }
  }
  return best;
}

BlockId Translation::take_victim(PlaneId plane, std::uint32_t least_gain) {
  auto victim = overdue(plane);
  if (victim == kNoBlock) {
    victim = victims_.choose(blocks_, plane);
    if (victim == kNoBlock || blocks_[victim].valid + least_gain > blocks_.slots_per_block()) {
      return kNoBlock;
    }
  }
  victims_.remove(blocks_, plane, victim);
  blocks_[victim].state = BlockState::kVictim;
  return victim;
}

/// Static wear leveling: a closed block that has fallen too far behind the most worn one. Looked
/// for once for each erase that makes a new maximum, since only that makes the distance longer.
BlockId Translation::overdue(PlaneId plane) {
  auto& wear = wear_of_[index(plane)];
  if (wear_.static_above == 0 || wear.looked_at == wear.most || wear.most <= wear_.static_above) {
    return kNoBlock;
  }
  auto coldest = kNoBlock;
  for (auto at = blocks_.first_of(plane); at < blocks_.first_of(plane) + blocks_.per_plane();
       ++at) {
    const auto& entry = blocks_[BlockId{at}];
    if (entry.state == BlockState::kClosed &&
        (coldest == kNoBlock || entry.erases < blocks_[coldest].erases)) {
      coldest = BlockId{at};
    }
  }
  if (coldest == kNoBlock || wear.most - blocks_[coldest].erases <= wear_.static_above) {
    wear.looked_at = wear.most;
    return kNoBlock;
  }
  return coldest;
}

std::uint32_t Translation::next_valid(BlockId block, std::uint32_t offset) const {
  const auto end = index(addresses_.slot_of(block, blocks_.slots_per_block()));
  auto at = index(addresses_.slot_of(block, offset));
  while (at < end) {
    const auto rest = pages_.valid_from(Slot{at}) >> (at % 64);
    if (rest != 0) {
      at += static_cast<std::uint32_t>(std::countr_zero(rest));
      break;
    }
    at += 64 - at % 64;
  }
  return std::min(at, end) - index(addresses_.slot_of(block, 0));
}

void Translation::erase(BlockId block) {
  auto& entry = blocks_[block];
  assert(entry.state == BlockState::kVictim && entry.valid == 0);
  entry.state = BlockState::kFree;
  ++entry.erases;
  const auto plane = addresses_.plane_of(block);
  auto& books = planes_[index(plane)];
  ++books.free;
  books.room += blocks_.slots_per_block();
  books.erased.push_back(blocks_, block);
  auto& wear = wear_of_[index(plane)];
  wear.most = std::max(wear.most, entry.erases);
}

}  // namespace gantry::ssd
