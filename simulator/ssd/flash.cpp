#include "ssd/flash.hpp"

#include <algorithm>
#include <cassert>

namespace gantry::ssd {

Flash::Flash(const Parameters& parameters)
    : parameters_(parameters),
      translation_(parameters),
      events_(parameters.geometry.dies()),
      slots_per_page_(parameters.geometry.slots_per_page()),
      cell_bits_(parameters.nand.cell_bits),
      dies_(parameters.geometry.dies()),
      channels_(parameters.geometry.channels),
      jobs_(parameters.geometry.planes()),
      gathered_(std::size_t{parameters.geometry.planes()} * slots_per_page_) {
  for (std::uint32_t slots = 0; slots <= slots_per_page_; ++slots) {
    transfer_.push_back(transfer_time(std::uint64_t{slots} * parameters.geometry.mapping_bytes,
                                      parameters.channel) +
                        parameters.channel.latency);
  }
}

Flash::OpId Flash::make_op(std::uint64_t owner, const Latency& so_far, Nanos now) {
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
  op.latency = so_far;
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

void Flash::read(Slot slot, std::uint16_t pages, std::uint64_t owner, const Latency& so_far,
                 Nanos now) {
  const auto id = make_op(owner, so_far, now);
  auto& op = ops_[id];
  op.is_read = true;
  op.slot = slot;
  op.pages = pages;
  const auto& addresses = translation_.addresses();
  enqueue(addresses.die_of(addresses.plane_of(addresses.block_of(slot))), id, now);
}

Flash::OpId Flash::write(PlaneId plane, std::span<const Lpn> pages, std::uint64_t owner,
                         const Latency& so_far, Nanos now) {
  const auto id = make_op(owner, so_far, now);
  auto& op = ops_[id];
  op.is_read = false;
  op.plane = plane;
  op.pages = static_cast<std::uint16_t>(pages.size());
  std::copy(pages.begin(), pages.end(), lpns_.begin() + std::size_t{id} * slots_per_page_);
  enqueue(translation_.addresses().die_of(plane), id, now);
  return id;
}

void Flash::drop(OpId write, Lpn lpn) {
  const auto pages =
      std::span(lpns_).subspan(std::size_t{write} * slots_per_page_, ops_[write].pages);
  std::replace(pages.begin(), pages.end(), lpn, kNoLpn);
}

void Flash::enqueue(DieId die, OpId id, Nanos now) {
  auto& at = dies_[index(die)];
  auto& op = ops_[id];
  op.collected = at.collected + (at.collects ? now - at.phase_since : Nanos{0});
  at.writes += op.is_read ? 0 : 1;
  const bool is_first = op.is_read || parameters_.die_order == DieOrder::kFirstCome;
  push(is_first ? at.first : at.second, id);
  if (at.phase == Phase::kIdle) {
    dispatch(die, now);
  } else if (op.is_read && parameters_.die_order == DieOrder::kReadsFirst) {
    suspend(die, now);
  }
}

Nanos Flash::page_time(const std::array<Nanos, kMaxCellBits>& times, Slot slot) const {
  const auto& addresses = translation_.addresses();
  if (cell_bits_.value() == 1) {
    return times[0];
  }
  return times[cell_bits_.remainder(addresses.page_of(addresses.offset_of(slot)))];
}

void Flash::enter(DieId die, Phase phase, Nanos now, Nanos until) {
  auto& at = dies_[index(die)];
  at.phase = phase;
  at.phase_since = now;
  events_.set(index(die), until);
}

/// Closes the books of a phase.
void Flash::leave(DieId die, Nanos now) {
  auto& at = dies_[index(die)];
  const auto spent = now - at.phase_since;
  at.busy += spent;
  if (at.collects) {
    at.collected += spent;
  }
}

/// What a wait at a die was for: collection, as long as that had the die, or else the die.
void Flash::charge_wait(DieId die, Op& op, Nanos now) {
  if (!parameters_.attribution) {
    return;
  }
  const auto collected = std::min(dies_[index(die)].collected - op.collected, now - op.since);
  op.latency.collection += collected;
  op.latency.die += now - op.since - collected;
  op.since = now;
}

Flash::OpId Flash::step() {
  const auto [now, source] = events_.next();
  const DieId die{source};
  auto& at = dies_[source];
  leave(die, now);
  auto done = kNoOp;
  switch (at.phase) {
    case Phase::kRead:
      read_out(die, at.collects ? job(at.plane).reading : ops_[at.op].pages, now);
      return kNoOp;
    case Phase::kReadOut:
      if (at.collects && program_gathered(die, now)) {
        return kNoOp;
      }
      done = end_op(at, now);
      break;
    case Phase::kProgram:
      if (at.collects) {
        job(at.plane).gathered = 0;
      }
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
      enter(die, suspended.phase, now, now + suspended.rest);
      return kNoOp;
    }
  }
  dispatch(die, now);
  return done;
}

/// What the die has done for somebody, if it was not collection.
Flash::OpId Flash::end_op(Die& die, Nanos now) {
  if (die.collects) {
    return kNoOp;
  }
  auto& op = ops_[die.op];
  if (!op.is_read) {
    --die.writes;
    if (parameters_.attribution) {
      op.latency.die += now - op.since;
    }
  }
  return die.op;
}

/// Gives a die that has ended something the next thing to do.
void Flash::dispatch(DieId die, Nanos now) {
  auto& at = dies_[index(die)];
  at.collects = false;
  const bool reads_wait = at.first.head != kNoOp && ops_[at.first.head].is_read;
  if (at.suspended.phase != Phase::kIdle && !reads_wait) {
    enter(die, Phase::kResume, now, now + parameters_.nand.resume);
    return;
  }
  const auto& rules = parameters_.collection;
  if (at.suspended.phase == Phase::kIdle && !rules.preemptible && collect(die, 0, now)) {
    return;
  }
  for (auto* const queue : {&at.first, &at.second}) {
    if (queue->head != kNoOp && start(die, *queue, now)) {
      return;
    }
  }
  const bool is_waiting = at.first.head != kNoOp || at.second.head != kNoOp;
  if (collect(die, is_waiting ? rules.start_below : std::max(rules.start_below, rules.idle_below),
              now)) {
    return;
  }
  enter(die, Phase::kIdle, now, kNever);
}

/// Starts the first operation of a queue that can be started here; false: there is none, or it has
/// to wait for collection.
bool Flash::start(DieId die, Queue& queue, Nanos now) {
  while (queue.head != kNoOp) {
    const auto id = queue.head;
    auto& op = ops_[id];
    if (op.is_read) {
      pop(queue);
      start_read(die, id, now);
      return true;
    }
    if (!translation_.is_full(op.plane)) {
      return start_write(die, queue, now);
    }
    op.plane = emptier_plane(op.plane);
    if (const auto other = translation_.addresses().die_of(op.plane); other != die) {
      pop(queue);
      --dies_[index(die)].writes;
      charge_wait(die, op, now);
      enqueue(other, id, now);
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

void Flash::start_read(DieId die, OpId id, Nanos now) {
  auto& op = ops_[id];
  charge_wait(die, op, now);
  dies_[index(die)].op = id;
  ++counters_.reads;
  enter(die, Phase::kRead, now,
        now + parameters_.nand.command + page_time(parameters_.nand.read, op.slot));
}

void Flash::read_out(DieId die, std::uint32_t pages, Nanos now) {
  auto& at = dies_[index(die)];
  const auto end = channel_of(die).reserve(now, transfer_[pages]) + transfer_[pages];
  if (!at.collects && parameters_.attribution) {
    auto& op = ops_[at.op];
    op.latency.die += now - op.since;
    op.latency.channel += end - now;
    op.since = end;
  }
  enter(die, Phase::kReadOut, now, end);
}

bool Flash::start_write(DieId die, Queue& queue, Nanos now) {
  const auto id = queue.head;
  auto& op = ops_[id];
  const auto slot =
      translation_.open_page(op.plane, Translation::kHostFrontier, Translation::For::kHost);
  if (!slot) {
    return false;
  }
  pop(queue);
  charge_wait(die, op, now);
  op.slot = *slot;
  auto at = *slot;
  for (const auto lpn : pages_of(id)) {
    if (lpn != kNoLpn) {
      translation_.bind(lpn, at);
      ++counters_.host_pages;
    }
    at = Slot{index(at) + 1};
  }
  dies_[index(die)].op = id;
  const auto transferred = program(die, *slot, op.pages, now);
  if (parameters_.attribution) {
    op.latency.channel += transferred - now;
    op.since = transferred;
  }
  return true;
}

/// Returns when the transfer ends.
Nanos Flash::program(DieId die, Slot slot, std::uint32_t pages, Nanos now) {
  const auto transferred = channel_of(die).reserve(now, transfer_[pages]) + transfer_[pages];
  ++counters_.programs;
  dies_[index(die)].array_since = transferred;
  enter(die, Phase::kProgram, now,
        transferred + parameters_.nand.command + page_time(parameters_.nand.program, slot));
  return transferred;
}

/// For a read that has come: stops what the die does, if it may and that is worth it.
void Flash::suspend(DieId die, Nanos now) {
  auto& at = dies_[index(die)];
  const bool may = (at.phase == Phase::kProgram && parameters_.suspend_program) ||
                   (at.phase == Phase::kErase && parameters_.suspend_erase);
  if (!may) {
    return;
  }
  const auto begin = std::max(now, at.array_since);  // a transfer is not stopped
  const auto rest = events_.time_of(index(die)) - begin;
  if (rest <= parameters_.nand.suspend) {
    return;
  }
  ++counters_.suspends;
  leave(die, now);
  at.suspended = {at.phase, at.collects, at.op, rest};
  enter(die, Phase::kSuspend, now, begin + parameters_.nand.suspend);
}

Nanos Flash::die_busy(DieId die, Nanos now) const {
  const auto& at = dies_[index(die)];
  return at.busy + (at.phase == Phase::kIdle ? Nanos{0} : now - at.phase_since);
}

}  // namespace gantry::ssd
