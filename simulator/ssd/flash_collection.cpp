#include <cassert>
#include <utility>

#include "ssd/flash.hpp"

namespace gantry::ssd {

/// The next step of collection at a die: of what has begun, or else, in the plane with the fewest
/// free blocks, if these are fewer than below. False: there is none.
bool Flash::collect(Die& at, std::uint32_t below, Nanos now) {
  const auto dies = parameters_.geometry.dies();
  auto fewest = below;
  bool found = false;
  for (auto plane = at.id; plane < parameters_.geometry.planes(); plane += dies) {
    if (jobs_[plane].victim != kNoBlock) {
      at.plane = PlaneId{plane};
      found = true;
      break;
    }
    const auto free = translation_.free_blocks(PlaneId{plane});
    if (free < fewest) {
      fewest = free;
      at.plane = PlaneId{plane};
      found = true;
    }
  }
  if (!found || !begin_job(at.plane)) {
    return false;
  }
  at.collects = true;
  auto& work = job(at.plane);
  const auto offset = translation_.next_valid(work.victim, work.cursor);
  if (offset < translation_.blocks().slots_per_block()) {
    gather(at, offset, now);
  } else {
    at.array_since = now;
    enter(at, Phase::kErase, now, now + parameters_.nand.command + parameters_.nand.erase);
  }
  return true;
}

bool Flash::begin_job(PlaneId plane) {
  auto& work = job(plane);
  if (work.victim == kNoBlock) {
    // Two flash pages: more than the last program of a victim can leave empty. So collection on
    // idle dies comes to an end, also if as many free blocks as it wants cannot be had.
    const bool is_needed = translation_.free_blocks(plane) < parameters_.collection.start_below;
    work = {translation_.take_victim(plane, is_needed ? 0 : 2 * slots_per_page_)};
  }
  return work.victim != kNoBlock;
}

/// Reads what is valid of the flash page at an offset of the victim, as far as it fits into the
/// next program.
void Flash::gather(Die& at, std::uint32_t offset, Nanos now) {
  auto& work = job(at.plane);
  const auto& pages = translation_.pages();
  const auto first = translation_.addresses().slot_of(work.victim, offset);
  const auto end = offset - offset % slots_per_page_ + slots_per_page_;
  auto* const gathered = &gathered_[std::size_t{index(at.plane)} * slots_per_page_];
  work.reading = 0;
  for (; offset < end && work.gathered + work.reading < slots_per_page_; ++offset) {
    const auto slot = translation_.addresses().slot_of(work.victim, offset);
    if (pages.is_valid(slot)) {
      gathered[work.gathered + work.reading++] = slot;
      pages.prefetch(pages.lpn_at(slot));  // it is bound anew soon
    }
  }
  work.cursor = offset;
  ++counters_.collection_reads;
  enter(at, Phase::kRead, now,
        now + parameters_.nand.command + page_time(parameters_.nand.read, first));
}

/// Programs what has been gathered, if that is a whole flash page or all that is left of the
/// victim. False: it is not, or nothing of it is valid any more.
bool Flash::program_gathered(Die& at, Nanos now) {
  auto& work = job(at.plane);
  work.gathered += std::exchange(work.reading, 0);
  const bool is_last =
      translation_.next_valid(work.victim, work.cursor) == translation_.blocks().slots_per_block();
  if (work.gathered < slots_per_page_ && !is_last) {
    return false;
  }
  const auto* const gathered = &gathered_[std::size_t{index(at.plane)} * slots_per_page_];
  const auto& pages = translation_.pages();
  std::uint32_t moved = 0;
  auto page = kNoSlot;
  for (std::uint32_t i = 0; i < work.gathered; ++i) {
    if (!pages.is_valid(gathered[i])) {
      continue;  // the host has written it anew since it was read
    }
    if (moved == 0) {
      page = translation_.open_page(at.plane, translation_.frontier_after(work.victim),
                                    Translation::For::kCollection);
      assert(page != kNoSlot);
    }
    translation_.bind(pages.lpn_at(gathered[i]), Slot{index(page) + moved});
    ++moved;
  }
  work.gathered = 0;
  if (moved == 0) {
    return false;
  }
  counters_.moved_pages += moved;
  program(at, page, moved, now);
  return true;
}

}  // namespace gantry::ssd
