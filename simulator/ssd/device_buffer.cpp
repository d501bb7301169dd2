#include "ssd/device.hpp"

namespace gantry::ssd {

/// Puts what a write has brought into the buffer, once there is room.
void Device::buffer(RequestId id) {
  auto& request = requests_[id];
  request.since = now_;
  request.pages_left = request.completion.command.pages;
  forced_ += request.completion.command.force_unit_access ? 1 : 0;
  admitting_.push(id);
  admit();
}

void Device::admit() {
  while (!admitting_.empty()) {
    const auto id = admitting_.front();
    auto& request = requests_[id];
    const auto command = request.completion.command;
    for (auto& page = request.pages_buffered; page < command.pages; ++page) {
      if (!admit_page(id, Lpn{index(command.lpn) + page})) {
        drain();
        return;
      }
    }
    admitting_.pop();
    request.pages_buffered = 0;
    if (!command.force_unit_access) {
      accessing_.push({now_ + parameters_.buffer.latency, id, command.pages});
    }
  }
  drain();
}

/// False: there is no room.
bool Device::admit_page(RequestId id, Lpn lpn) {
  const bool is_forced = requests_[id].completion.command.force_unit_access;
  const auto current = buffer_.find(lpn);
  if (current != WriteBuffer::kNone && buffer_[current].program == Flash::kNoOp) {
    auto& owner = buffer_[current].owner;
    if (is_forced && owner != WriteBuffer::kNone) {
      return false;  // until the one that waits for it already has got it
    }
    owner = is_forced ? id : owner;
    return true;
  }
  buffer_.make_room();
  if (!buffer_.has_room()) {
    return false;
  }
  if (current != WriteBuffer::kNone) {
    flash_.drop(buffer_[current].program, lpn);
    buffer_.drop(current);
  }
  const auto entry = buffer_.add(lpn);
  if (is_forced) {
    buffer_[entry].owner = id;
  }
  return true;
}

/// Programs what is dirty: by whole flash pages, unless somebody waits for it.
void Device::drain() {
  const auto per_page = parameters_.geometry.slots_per_page();
  while (buffer_.dirty() >= (forced_ > 0 ? 1 : per_page) && program_dirty()) {
  }
}

/// False: all dies have as many programs as they may.
bool Device::program_dirty() {
  const auto plane = plane_with_room(buffer_.oldest());
  if (!plane) {
    return false;
  }
  lpns_.clear();
  taken_.clear();
  while (lpns_.size() < parameters_.geometry.slots_per_page() && buffer_.dirty() > 0) {
    taken_.push_back(buffer_.take());
    lpns_.push_back(buffer_[taken_.back()].lpn);
  }
  // The flash may have begun with it, but cannot have ended it, when this returns.
  const auto program = flash_.write(*plane, lpns_, kBuffer, now_);
  const auto per_page = parameters_.geometry.slots_per_page();
  if (entries_of_.size() < (std::size_t{program} + 1) * per_page) {
    entries_of_.resize((std::size_t{program} + 1) * per_page);
  }
  for (std::size_t i = 0; i < taken_.size(); ++i) {
    buffer_[taken_[i]].program = program;
    entries_of_[std::size_t{program} * per_page + i] = taken_[i];
  }
  return true;
}

std::optional<PlaneId> Device::plane_with_room(Lpn lpn) {
  const auto planes = parameters_.allocation == WriteAllocation::kStatic
                          ? 1
                          : static_cast<std::uint32_t>(plane_order_.size());
  const auto& addresses = flash_.translation().addresses();
  for (std::uint32_t tried = 0; tried < planes; ++tried) {
    const auto plane = next_plane(lpn);
    if (flash_.writes_at(addresses.die_of(plane)) < parameters_.buffer.programs_per_die) {
      return plane;
    }
  }
  return std::nullopt;
}

void Device::end_program(Flash::OpId program) {
  const auto& op = flash_[program];
  const auto latency = op.latency;
  const auto* const entries =
      &entries_of_[std::size_t{program} * parameters_.geometry.slots_per_page()];
  for (std::uint32_t i = 0; i < op.pages; ++i) {
    const auto owner = buffer_[entries[i]].owner;
    buffer_.release(entries[i]);
    if (owner == WriteBuffer::kNone) {
      continue;
    }
    auto& request = requests_[owner];
    auto& parts = request.completion.latency;
    charge(parts, latency);
    parts.buffer = now_ - request.since - (latency.channel + latency.die + latency.collection);
    forced_ -= request.pages_left == 1 ? 1 : 0;
    end_pages(owner, 1);
  }
  end_flushes();
  admit();
}

/// The write buffer has taken pages, or given them.
void Device::end_access(RequestId id, std::uint32_t pages) {
  auto& request = requests_[id];
  auto& [command, time, latency] = request.completion;
  if (command.opcode == Opcode::kWrite) {
    latency.buffer = now_ - request.since;
    end_pages(id, pages);
  } else {
    send(id, pages, {}, now_ - request.since);
  }
}

void Device::flush(RequestId id) {
  flushes_.push({id, buffer_.end_epoch()});
  ++forced_;
  drain();
  end_flushes();
}

void Device::end_flushes() {
  while (!flushes_.empty() && buffer_.is_clean(flushes_.front().epoch)) {
    const auto id = flushes_.front().request;
    flushes_.pop();
    --forced_;
    auto& request = requests_[id];
    request.completion.latency.buffer = now_ - request.since;
    end_pages(id, 0);
  }
}

/// Forgets what a trim means. What a write waits for stays: which of the two comes first is open.
void Device::forget(Lpn lpn) {
  const auto entry = buffer_.find(lpn);
  if (entry == WriteBuffer::kNone || buffer_[entry].owner != WriteBuffer::kNone) {
    return;
  }
  if (buffer_[entry].program != Flash::kNoOp) {
    flash_.drop(buffer_[entry].program, lpn);
  }
  buffer_.drop(entry);
}

}  // namespace gantry::ssd
