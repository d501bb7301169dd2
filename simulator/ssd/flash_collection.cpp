#include <cassert>
#include <utility>

#include "ssd/flash.hpp"

namespace gantry::ssd {

/// The next step of collection at a die: in the plane with the least room, if that is less than
/// below, or else, if that has nothing to empty, in another one. False: there is none.
bool Flash::collect(Die& at, std::uint32_t below, Nanos now) {
  const auto dies = parameters_.geometry.dies();
  auto least = below;
  auto neediest = PlaneId{at.id};
  for (auto plane = at.id; plane < parameters_.geometry.planes(); plane += dies) {
    if (const auto there = room(PlaneId{plane}); there < least) {
      least = there;
      neediest = PlaneId{plane};
    }
  }
  const auto collects = [&](PlaneId plane) {
    const auto there = room(plane);
    return there < below && begin_job(plane, below == kAnyRoom || there < kept_) &&
           collect(at, plane, now);
  };
  if (collects(neediest)) {
    return true;
  }
  for (auto plane = at.id; plane < parameters_.geometry.planes(); plane += dies) {
    if (plane != index(neediest) && collects(PlaneId{plane})) {
      return true;
    }
  }
  return false;
}

/// The next step of the collection that a die has begun.
bool Flash::go_on(Die& at, Nanos now) {
  const auto dies = parameters_.geometry.dies();
  for (auto plane = at.id; plane < parameters_.geometry.planes(); plane += dies) {
    if (jobs_[plane].victim != kNoBlock) {
      return collect(at, PlaneId{plane}, now);
    }
  }
  return false;
}

bool Flash::collect(Die& at, PlaneId plane, Nanos now) {
  at.plane = plane;
  at.collects = true;
  if (job(plane).reading > 0 || choose(plane)) {
    ++counters_.collection_reads;
    enter(at, Phase::kRead, now, now + read_time(plane));
  } else {
    at.array_since = now;
    enter(at, Phase::kErase, now, now + parameters_.nand.command + parameters_.nand.erase);
  }
  return true;
}

bool Flash::begin_job(PlaneId plane, bool is_needed) {
  auto& work = job(plane);
  if (work.victim == kNoBlock) {
    // Two flash pages: more than the last program of a victim can leave empty. So collection on
    // idle dies comes to an end, also if as much room as it wants cannot be had.
    work = {translation_.take_victim(plane, is_needed ? 0 : 2 * slots_per_page_)};
    if (work.victim != kNoBlock) {
      work.valid_at_begin = translation_.blocks()[work.victim].valid;
      work.room_at_begin = translation_.room(plane);
    }
  }
  return work.victim != kNoBlock;
}

/// Chooses what is read next: what is valid of one flash page of the victim, as far as it fits into
/// the next program. False: nothing is left.
bool Flash::choose(PlaneId plane) {
  auto& work = job(plane);
  const auto& pages = translation_.pages();
  auto offset = translation_.next_valid(work.victim, work.cursor);
  const auto end = offset - offset % slots_per_page_ + slots_per_page_;
  auto* const gathered = &gathered_[std::size_t{index(plane)} * slots_per_page_];
  work.cursor = offset;
  if (offset == translation_.blocks().slots_per_block()) {
    return false;
  }
  for (; offset < end && work.gathered + work.reading < slots_per_page_; ++offset) {
    const auto slot = translation_.addresses().slot_of(work.victim, offset);
    if (pages.is_valid(slot)) {
      gathered[work.gathered + work.reading++] = slot;
      pages.prefetch(pages.lpn_at(slot));  // it is bound anew soon
    }
  }
  work.cursor = offset;
  return true;
}

Nanos Flash::read_time(PlaneId plane) const {
  const auto& work = jobs_[index(plane)];
  const auto slot = gathered_[std::size_t{index(plane)} * slots_per_page_ + work.gathered];
  return parameters_.nand.command + page_time(parameters_.nand.read, slot);
}

/// Programs what has been gathered, if that is a whole flash page or all that is left of the
/// victim, and chooses what comes next. False: it is not, or nothing of it is valid any more.
bool Flash::program_gathered(Die& at, Nanos now) {
  auto& work = job(at.plane);
  work.gathered += std::exchange(work.reading, 0);
  if (work.gathered < slots_per_page_ && choose(at.plane)) {
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
  const bool goes_on = choose(at.plane);
  if (moved == 0) {
    return false;
  }
  counters_.moved_pages += moved;
  counters_.empty_pages += slots_per_page_ - moved;
  const auto end = program(at, page, moved, now);
  if (goes_on && must_go_on(at)) {
    at.program_end = end;
    enter(at, Phase::kProgramAndRead, now, end + read_time(at.plane));
  } else {
    enter(at, Phase::kProgram, now, end);
  }
  return true;
}

/// Whether the collection of its plane is what the die does next, as it is now.
bool Flash::must_go_on(const Die& at) const {
  if (!parameters_.collection.preemptible) {
    return true;
  }
  const bool is_waiting = at.first.head != kNoOp || at.second.head != kNoOp;
  return room(at.plane) < (is_waiting ? kept_ : kept_idle_) && must_wait(at.first) &&
         must_wait(at.second);
}

/// Whether a queue has nothing that can be done before collection has made room for it.
bool Flash::must_wait(const Queue& queue) const {
  if (queue.head == kNoOp) {
    return true;
  }
  const auto& op = ops_[queue.head];
  return !op.is_read && !translation_.is_full(op.plane) && room(op.plane) < kept_;
}

/// Something has come while a program and the read after it were one step: now they are two, and
/// what has come may be between them.
void Flash::part(Die& at, Nanos now) {
  if (now < at.program_end) {
    at.phase = Phase::kProgram;
    events_.set(at.id, at.program_end);
  } else {
    leave(at, at.program_end);
    at.phase = Phase::kRead;
    at.phase_since = at.program_end;
    ++counters_.collection_reads;
  }
}

}  // namespace gantry::ssd
