#include "ssd/device.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "ssd/plane_order.hpp"

namespace gantry::ssd {

Device::Device(const Parameters& parameters)
    : parameters_(parameters),
      flash_(parameters),
      queues_(parameters.front_end),
      page_on_link_(transfer_time(parameters.geometry.mapping_bytes, parameters.link)),
      plane_order_(plane_order(parameters.geometry, parameters.plane_order)),
      buffer_(parameters.buffer.pages) {}

Device::RequestId Device::make_request(const Command& command) {
  auto id = free_request_;
  if (id == kNoRequest) {
    id = static_cast<RequestId>(requests_.size());
    requests_.emplace_back();
  } else {
    free_request_ = requests_[id].next_free;
  }
  requests_[id].completion.command = command;
  return id;
}

void Device::submit(const Command& command) {
  assert(command.time >= now_);
  flash_.translation().pages().prefetch(command.lpn);
  if (arrivals_.empty()) {
    arrival_ = command.time;
  }
  arrivals_.push(make_request(command));
  ++outstanding_;
}

const Completion* Device::next(Nanos until) {
  if (returned_ != kNoRequest) {
    requests_[returned_].next_free = std::exchange(free_request_, returned_);
    returned_ = kNoRequest;
  }
  while (ended_.empty()) {
    const auto sent = sending_.empty() ? kNever : sending_.front().end;
    const auto flash = flash_.next_time();
    const auto received = receiving_.empty() ? kNever : receiving_.front().end;
    const auto accessed = accessing_.empty() ? kNever : accessing_.front().end;
    const auto rest = std::min(std::min(received, accessed), std::min(controller_end_, arrival_));
    const auto first = std::min(rest, std::min(sent, flash));
    if (first > until || first == kNever) {
      return nullptr;
    }
    now_ = first;
    // At the same time, what is furthest on comes first.
    if (sent == first) {
      const auto transfer = sending_.front();
      sending_.pop();
      end_pages(transfer.request, transfer.pages);
    } else if (flash == first) {
      step_flash();
    } else if (accessed == first) {
      const auto access = accessing_.front();
      accessing_.pop();
      end_access(access.request, access.pages);
    } else if (received == first) {
      const auto request = receiving_.front().request;
      receiving_.pop();
      write(request);
    } else if (controller_end_ == first) {
      controller_end_ = kNever;
      begin(in_controller_);
      fetch();
    } else {
      const auto request = arrivals_.front();
      arrivals_.pop();
      arrival_ = arrivals_.empty() ? kNever : requests_[arrivals_.front()].completion.command.time;
      queues_.push(requests_[request].completion.command.queue, request);
      fetch();
    }
  }
  returned_ = ended_.front();
  ended_.pop();
  return &requests_[returned_].completion;
}

/// Takes up commands, as many as the controller can.
void Device::fetch() {
  const auto& rules = parameters_.front_end;
  while (!queues_.empty() && controller_end_ == kNever &&
         (rules.commands_in_device == 0 || in_device_ < rules.commands_in_device)) {
    const auto id = queues_.pop();
    ++in_device_;
    const auto cost = rules.command_cost + rules.page_cost * requests_[id].completion.command.pages;
    if (cost == Nanos{0}) {
      begin(id);
    } else {
      in_controller_ = id;
      controller_end_ = now_ + cost;
    }
  }
}

void Device::begin(RequestId id) {
  auto& request = requests_[id];
  auto& [command, time, latency] = request.completion;
  request.pages_left = command.pages;
  request.since = now_;
  latency = {};
  latency.queue = now_ - command.time;
  switch (command.opcode) {
    case Opcode::kRead:
      read(id);
      break;
    case Opcode::kWrite:
      receive(id);
      break;
    case Opcode::kTrim:
      trim(id);
      break;
    case Opcode::kFlush:
      flush(id);
      break;
  }
}

Nanos Device::link_time(std::uint32_t pages) const {
  return pages == 1 ? page_on_link_
                    : transfer_time(std::uint64_t{pages} * parameters_.geometry.mapping_bytes,
                                    parameters_.link);
}

/// What is to be written comes over the link.
void Device::receive(RequestId id) {
  auto& [command, time, latency] = requests_[id].completion;
  const auto duration = link_time(command.pages);
  const auto end = in_.reserve(now_, duration) + duration + parameters_.link.latency;
  latency.link = end - now_;
  if (end == now_) {
    write(id);
  } else {
    receiving_.push({end, id, command.pages});
  }
}

void Device::trim(RequestId id) {
  const auto command = requests_[id].completion.command;
  for (std::uint32_t page = 0; page < command.pages; ++page) {
    const Lpn lpn{index(command.lpn) + page};
    if (buffer_.is_there()) {
      forget(lpn);
    }
    flash_.translation().trim(lpn);
  }
  end_pages(id, command.pages);
}

/// Slots that lie next to each other in one flash page are one operation.
void Device::read(RequestId id) {
  const auto& completion = requests_[id].completion;
  const auto command = completion.command;
  const auto latency = completion.latency;
  const auto& map = flash_.translation().pages();
  const auto& addresses = flash_.translation().addresses();
  const auto per_page = parameters_.geometry.slots_per_page();
  for (std::uint32_t page = 0; page < command.pages;) {
    const auto slot = map.find(Lpn{index(command.lpn) + page});
    std::uint16_t run = 1;
    if (is_buffered(Lpn{index(command.lpn) + page})) {
      accessing_.push({now_ + parameters_.buffer.latency, id, 1});
    } else if (slot == kNoSlot) {
      send(id, 1, latency);
    } else {
      const auto room = per_page == 1 ? 1 : per_page - addresses.offset_of(slot) % per_page;
      while (run < room && page + run < command.pages &&
             !is_buffered(Lpn{index(command.lpn) + page + run}) &&
             index(map.find(Lpn{index(command.lpn) + page + run})) == index(slot) + run) {
        ++run;
      }
      flash_.read(slot, run, id, latency, now_);
    }
    page += run;
  }
}

void Device::write(RequestId id) {
  if (buffer_.is_there()) {
    buffer(id);
    return;
  }
  const auto& completion = requests_[id].completion;
  const auto command = completion.command;
  const auto latency = completion.latency;
  const auto per_page = parameters_.geometry.slots_per_page();
  for (std::uint32_t page = 0; page < command.pages;) {
    const auto first = index(command.lpn) + page;
    lpns_.clear();
    do {
      lpns_.push_back(Lpn{index(command.lpn) + page++});
    } while (page < command.pages && lpns_.size() < per_page);
    flash_.write(next_plane(Lpn{first}), lpns_, id, latency, now_);
  }
}

PlaneId Device::next_plane(Lpn lpn) {
  const auto planes = static_cast<std::uint32_t>(plane_order_.size());
  if (parameters_.allocation == WriteAllocation::kStatic) {
    return plane_order_[index(lpn) / parameters_.geometry.slots_per_page() % planes];
  }
  const auto step = [&] {
    const auto plane = plane_order_[plane_at_];
    plane_at_ = plane_at_ + 1 == planes ? 0 : plane_at_ + 1;
    return plane;
  };
  const auto plane = step();
  if (parameters_.allocation == WriteAllocation::kIdleFirst) {
    const auto& addresses = flash_.translation().addresses();
    auto other = plane;
    for (std::uint32_t tried = 0; tried < planes; ++tried) {
      if (flash_.is_idle(addresses.die_of(other))) {
        return other;
      }
      other = step();
    }
  }
  return plane;
}

void Device::step_flash() {
  const auto id = flash_.step();
  if (id == Flash::kNoOp) {
    return;
  }
  const auto& op = flash_[id];
  if (op.owner == kBuffer) {
    end_program(id);
    flash_.release(id);
    return;
  }
  const auto request = static_cast<RequestId>(op.owner);
  if (op.is_read) {
    send(request, op.pages, op.latency);
  } else {
    requests_[request].completion.latency = op.latency;
    end_pages(request, op.pages);
  }
  flash_.release(id);
}

/// Pages of a request go to the host. The latency of the page that goes last is the request's.
void Device::send(RequestId id, std::uint32_t pages, const Latency& latency) {
  const auto duration = link_time(pages);
  const auto end = out_.reserve(now_, duration) + duration + parameters_.link.latency;
  auto& completion = requests_[id].completion;
  completion.latency = latency;
  completion.latency.link += end - now_;
  if (end == now_) {
    end_pages(id, pages);
  } else {
    sending_.push({end, id, pages});
  }
}

void Device::end_pages(RequestId id, std::uint32_t pages) {
  auto& request = requests_[id];
  request.pages_left -= pages;
  if (request.pages_left != 0) {
    return;
  }
  request.completion.time = now_;
  ended_.push(id);
  --in_device_;
  --outstanding_;
  if (!queues_.empty()) {
    fetch();
  }
}

}  // namespace gantry::ssd
