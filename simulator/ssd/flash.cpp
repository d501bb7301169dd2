#include "ssd/flash.hpp"

#include <algorithm>
#include <cassert>

namespace gantry::ssd {

Flash::Flash(const Parameters& parameters)
    : parameters_(parameters),
      translation_(parameters),
      events_(parameters.geometry.dies()),
      slots_per_page_(parameters.geometry.slots_per_page()),
      kept_(kept_room(parameters, parameters.collection.start_below)),
      kept_idle_(std::max(kept_ + room_ahead(parameters.geometry),
                          kept_room(parameters, parameters.collection.idle_below))),
      cell_bits_(parameters.nand.cell_bits),
      dies_(parameters.geometry.dies()),
      channels_(parameters.geometry.channels),
      jobs_(parameters.geometry.planes()),
      gathered_(std::size_t{parameters.geometry.planes()} * slots_per_page_) {
  for (std::uint32_t die = 0; die < dies_.size(); ++die) {
    dies_[die].id = die;
    dies_[die].channel = index(translation_.addresses().channel_of(DieId{die}));
  }
  for (std::uint32_t slots = 0; slots <= slots_per_page_; ++slots) {
    transfer_.push_back(transfer_time(std::uint64_t{slots} * parameters.geometry.mapping_bytes,
                                      parameters.channel));
  }
}

Flash::OpId Flash::make_op(std::uint64_t owner, Nanos now) {
  auto id = free_op_;
  if (id == kNoOp) {
    id = static_cast<OpId>(ops_.size());
    ops_.emplace_back();
    lpns_.resize(lpns_.size() + slots_per_page_);
  } else {
    free_op_ = ops_[id].next;
  }
  auto& op = ops_[id];
  op.owner = owner;
  op.latency = {};
  op.since = now;
  return id;
}

void Flash::push(Queue& queue, OpId op) {
  ops_[op].next = kNoOp;
  (queue.head == kNoOp ? queue.head : ops_[queue.tail].next) = op;
  queue.tail = op;
}

Flash::OpId Flash::pop(Queue& queue) {
  const auto op = queue.head;
  queue.head = ops_[op].next;
  return op;
}

void Flash::read(Slot slot, std::uint16_t pages, std::uint64_t owner, Nanos now) {
  const auto id = make_op(owner, now);
  auto& op = ops_[id];
  op.is_read = true;
  op.slot = slot;
  op.pages = pages;
  const auto& addresses = translation_.addresses();
  enqueue(dies_[index(addresses.die_of(addresses.plane_of(addresses.block_of(slot))))], id, now);
}

Flash::OpId Flash::write(PlaneId plane, std::span<const Lpn> pages, std::uint64_t owner,
                         Nanos now) {
  const auto id = make_op(owner, now);
  auto& op = ops_[id];
  op.is_read = false;
  op.plane = plane;
  op.pages = static_cast<std::uint16_t>(pages.size());
  std::copy(pages.begin(), pages.end(), &lpns_[std::size_t{id} * slots_per_page_]);
  enqueue(dies_[index(translation_.addresses().die_of(plane))], id, now);
  return id;
}

void Flash::drop(OpId write, Lpn lpn) {
  const auto pages =
      std::span(lpns_).subspan(std::size_t{write} * slots_per_page_, ops_[write].pages);
  std::replace(pages.begin(), pages.end(), lpn, kNoLpn);
}

void Flash::enqueue(Die& at, OpId id, Nanos now) {
  auto& op = ops_[id];
  op.collected = at.collected + (at.collects ? now - at.phase_since : Nanos{0});
  at.writes += op.is_read ? 0 : 1;
  const bool is_first = op.is_read || parameters_.die_order == DieOrder::kFirstCome;
  push(is_first ? at.first : at.second, id);
  if (at.phase == Phase::kProgramAndRead && !must_go_on(at)) {
    part(at, now);
  }
  if (at.phase == Phase::kIdle) {
    dispatch(at, now);
  } else if (op.is_read && parameters_.die_order == DieOrder::kReadsFirst) {
    suspend(at, now);
  }
}

Nanos Flash::page_time(const std::array<Nanos, kMaxCellBits>& times, Slot slot) const {
  const auto& addresses = translation_.addresses();
  if (cell_bits_.value() == 1) {
    return times[0];
  }
  return times[cell_bits_.remainder(addresses.page_of(addresses.offset_of(slot)))];
}

void Flash::enter(Die& at, Phase phase, Nanos now, Nanos until) {
  at.phase = phase;
  at.phase_since = now;
  events_.set(at.id, until);
}

/// Closes the books of a phase.
void Flash::leave(Die& at, Nanos now) {
  const auto spent = now - at.phase_since;
  at.busy += spent;
  if (at.collects) {
    at.collected += spent;
  }
}

/// What a wait at a die was for: collection, as long as that had the die, or else the die.
void Flash::charge_wait(const Die& at, Op& op, Nanos now) const {
  if (!parameters_.attribution) {
    return;
  }
  const auto collected = std::min(at.collected - op.collected, now - op.since);
  op.latency.collection += collected;
  op.latency.die += now - op.since - collected;
  op.since = now;
}

void Flash::read_alone(Slot slot, Nanos begin, const Alone& end) {
  const auto& addresses = translation_.addresses();
  auto& at = dies_[index(addresses.die_of(addresses.plane_of(addresses.block_of(slot))))];
  at.busy += end.channel - begin;
  channels_[at.channel].reserve(end.array, transfer_[1]);
  ++counters_.reads;
  ++counters_.transferred_pages;
}

Flash::OpId Flash::step() {
  const auto now = events_.next().time;  // one by one: as a whole they would wait for their stores
  const auto source = events_.next().source;
  auto& at = dies_[source];
  leave(at, now);
  auto done = kNoOp;
  switch (at.phase) {
    case Phase::kRead:
      read_out(at, at.collects ? job(at.plane).reading : ops_[at.op].pages, now);
      return kNoOp;
    case Phase::kProgramAndRead:
      ++counters_.collection_reads;
      read_out(at, job(at.plane).reading, now);
      return kNoOp;
    case Phase::kReadOut:
      if (at.collects && program_gathered(at, now)) {
        return kNoOp;
      }
      done = end_op(at, now);
      break;
    case Phase::kProgram:
      done = end_op(at, now);
      break;
    case Phase::kErase: {
      auto& ended = job(at.plane);
      translation_.erase(ended.victim);
      ++counters_.erases;
      ended = {};
      break;
    }
    case Phase::kSuspend:
    case Phase::kIdle:
      break;
    case Phase::kResume: {
      const auto suspended = at.suspended;
      at.suspended = {};
      at.op = suspended.op;
      at.collects = suspended.collects;
      at.array_since = now;
      enter(at, suspended.phase, now, now + suspended.rest);
      return kNoOp;
    }
  }
  dispatch(at, now);
  return done;
}

/// What the die has done for somebody, if it was not collection.
Flash::OpId Flash::end_op(Die& at, Nanos now) {
  if (at.collects) {
    return kNoOp;
  }
  auto& op = ops_[at.op];
  if (!op.is_read) {
    --at.writes;
    if (parameters_.attribution) {
      op.latency.die += now - op.since;
    }
  }
  return at.op;
}

/// Gives a die that has ended something the next thing to do.
void Flash::dispatch(Die& at, Nanos now) {
  at.collects = false;
  const bool reads_wait = at.first.head != kNoOp && ops_[at.first.head].is_read;
  if (at.suspended.phase != Phase::kIdle && !reads_wait) {
    enter(at, Phase::kResume, now, now + parameters_.nand.resume);
    return;
  }
  const bool goes_on =
      at.may_collect && !parameters_.collection.preemptible && at.suspended.phase == Phase::kIdle;
  if ((goes_on && go_on(at, now)) || start(at, Pace::kWithCollection, now)) {
    return;
  }
  if (at.may_collect) {
    const bool is_waiting = at.first.head != kNoOp || at.second.head != kNoOp;
    if (collect(at, is_waiting ? kAnyRoom : kept_idle_, now) ||
        (is_waiting && start(at, Pace::kWithout, now))) {
      return;
    }
    at.may_collect = is_waiting;
  }
  enter(at, Phase::kIdle, now, kNever);
}

bool Flash::start(Die& at, Pace pace, Nanos now) {
  for (auto* const queue : {&at.first, &at.second}) {
    if (queue->head != kNoOp && start(at, *queue, pace, now)) {
      return true;
    }
  }
  return false;
}

/// Starts the first operation of a queue that can be started here; false: there is none, or it has
/// to wait for collection.
bool Flash::start(Die& at, Queue& queue, Pace pace, Nanos now) {
  while (queue.head != kNoOp) {
    const auto id = queue.head;
    auto& op = ops_[id];
    if (op.is_read) {
      pop(queue);
      start_read(at, id, now);
      return true;
    }
    if (!translation_.is_full(op.plane)) {
      return start_write(at, queue, pace, now);
    }
    op.plane = emptier_plane(op.plane);
    if (const auto other = translation_.addresses().die_of(op.plane); index(other) != at.id) {
      pop(queue);
      --at.writes;
      charge_wait(at, op, now);
      enqueue(dies_[index(other)], id, now);
    }
  }
  return false;
}

/// The next plane that is not full; there is one, since not all logical pages can be in full ones.
PlaneId Flash::emptier_plane(PlaneId plane) const {
  const auto planes = parameters_.geometry.planes();
  do {
    plane = PlaneId{(index(plane) + 1) % planes};
  } while (translation_.is_full(plane));
  return plane;
}

void Flash::start_read(Die& at, OpId id, Nanos now) {
  auto& op = ops_[id];
  charge_wait(at, op, now);
  at.op = id;
  ++counters_.reads;
  enter(at, Phase::kRead, now,
        now + parameters_.nand.command + page_time(parameters_.nand.read, op.slot));
}

/// When pages have gone over the channel of a die.
Nanos Flash::transfer(const Die& at, std::uint32_t pages, Nanos now) {
  counters_.transferred_pages += pages;
  return channels_[at.channel].reserve(now, transfer_[pages]) + transfer_[pages] +
         parameters_.channel.latency;
}

void Flash::read_out(Die& at, std::uint32_t pages, Nanos now) {
  const auto end = transfer(at, pages, now);
  if (!at.collects && parameters_.attribution) {
    auto& op = ops_[at.op];
    op.latency.die += now - op.since;
    op.latency.channel += end - now;
    op.since = end;
  }
  enter(at, Phase::kReadOut, now, end);
}

bool Flash::start_write(Die& at, Queue& queue, Pace pace, Nanos now) {
  const auto id = queue.head;
  auto& op = ops_[id];
  at.may_collect = at.may_collect || room(op.plane) < kept_idle_ + slots_per_page_;
  if (pace == Pace::kWithCollection && room(op.plane) < kept_) {
    return false;
  }
  const auto slot =
      translation_.open_page(op.plane, Translation::kHostFrontier, Translation::For::kHost);
  if (slot == kNoSlot) {
    at.may_collect = true;
    return false;
  }
  pop(queue);
  charge_wait(at, op, now);
  op.slot = slot;
  auto place = slot;
  for (const auto lpn : pages_of(id)) {
    if (lpn != kNoLpn) {
      translation_.bind(lpn, place);
      ++counters_.host_pages;
    } else {
      ++counters_.empty_pages;
    }
    place = Slot{index(place) + 1};
  }
  counters_.empty_pages += slots_per_page_ - op.pages;
  at.op = id;
  enter(at, Phase::kProgram, now, program(at, slot, op.pages, now));
  if (parameters_.attribution) {
    op.latency.channel += at.array_since - now;
    op.since = at.array_since;
  }
  return true;
}

/// Takes the transfer of a program. Returns when the program ends.
Nanos Flash::program(Die& at, Slot slot, std::uint32_t pages, Nanos now) {
  const auto transferred = transfer(at, pages, now);
  ++counters_.programs;
  at.array_since = transferred;
  return transferred + parameters_.nand.command + page_time(parameters_.nand.program, slot);
}

/// For a read that has come: stops what the die does, if it may and that is worth it.
void Flash::suspend(Die& at, Nanos now) {
  const bool may = (at.phase == Phase::kProgram && parameters_.suspend_program) ||
                   (at.phase == Phase::kErase && parameters_.suspend_erase);
  if (!may) {
    return;
  }
  const auto begin = std::max(now, at.array_since);  // a transfer is not stopped
  const auto rest = events_.time_of(at.id) - begin;
  if (rest <= parameters_.nand.suspend) {
    return;
  }
  ++counters_.suspends;
  leave(at, now);
  at.suspended = {at.phase, at.collects, at.op, rest};
  enter(at, Phase::kSuspend, now, begin + parameters_.nand.suspend);
}

Nanos Flash::die_busy(DieId die, Nanos now) const {
  const auto& at = dies_[index(die)];
  return at.busy + (at.phase == Phase::kIdle ? Nanos{0} : now - at.phase_since);
}

}  // namespace gantry::ssd
