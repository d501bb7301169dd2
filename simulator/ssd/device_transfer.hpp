#pragma once

#include <vector>

#include "ssd/archive.hpp"
#include "ssd/device.hpp"

namespace gantry::ssd {

template <class Archive>
void Device::transfer(Archive& archive) {
  archive(now_, in_, out_, plane_at_, queues_, flash_);
  auto dirty = buffer_.dirty_pages();
  archive.list(dirty, parameters_.buffer.pages);
  if constexpr (Archive::kRestores) {
    if (!put_back(dirty)) {
      archive.fail();
    }
  }
}

template <class Archive>
void Flash::transfer(Archive& archive) {
  archive(translation_, channels_, jobs_, gathered_, counters_);
  for (auto& die : dies_) {
    transfer_die(archive, die);
  }
}

template <class Archive>
void Flash::transfer_die(Archive& archive, Die& at) {
  auto until = events_.time_of(at.id);
  archive(until, at.phase, at.collects, at.may_collect, at.plane, at.phase_since, at.program_end,
          at.array_since, at.busy, at.collected, at.suspended.phase, at.suspended.collects,
          at.suspended.rest);
  if constexpr (Archive::kRestores) {
    events_.set(at.id, until);
  }
  if (is_at_program(at)) {
    transfer_op(archive, at, at.op);
  }
  if (has_suspended_program(at)) {
    transfer_op(archive, at, at.suspended.op);
  }
  transfer_queue(archive, at, at.first);
  transfer_queue(archive, at, at.second);
}

template <class Archive>
void Flash::transfer_queue(Archive& archive, Die& at, Queue& queue) {
  std::uint32_t count = 0;
  for (auto id = queue.head; id != kNoOp; id = ops_[id].next) {
    ++count;
  }
  archive(count);
  if constexpr (Archive::kRestores) {
    if (count > parameters_.buffer.pages) {
      archive.fail();
      return;
    }
  }
  for (auto id = queue.head; count > 0; --count) {
    transfer_op(archive, at, id);
    if constexpr (Archive::kRestores) {
      push(queue, id);
    } else {
      id = ops_[id].next;
    }
  }
}

/// The number of an operation, and what is left in it of the one before, are no state, nor is its
/// latency, since no command of the host waits for it.
template <class Archive>
void Flash::transfer_op(Archive& archive, Die& at, OpId& id) {
  if constexpr (Archive::kRestores) {
    id = make_op(0, Nanos{0});
    ++at.writes;
  }
  auto& op = ops_[id];
  archive(op.owner, op.plane, op.pages);
  if (op.pages > slots_per_page_) {
    archive.fail();
    op.pages = 0;
  }
  for (std::uint32_t page = 0; page < op.pages; ++page) {
    archive(lpns_[std::size_t{id} * slots_per_page_ + page]);
  }
}

}  // namespace gantry::ssd
