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
  ++outstanding_;
  const auto id = make_request(command);
  if (command.time == now_ && outstanding_ > 1 && arrivals_.empty()) {
    arrive(id);
    return;
  }
  flash_.translation().pages().prefetch(command.lpn);
  if (arrivals_.empty()) {
    arrival_ = command.time;
  }
  arrivals_.push(id);
}

void Device::arrive(RequestId id) {
  if (queues_.is_one() && queues_.empty() && can_take()) {
    take(id);
  } else {
    queues_.push(requests_[id].completion.command.queue, id);
    fetch();
  }
}

Completion* Device::next(Nanos until) {
  if (returned_ != kNoRequest) {
    requests_[returned_].next_free = std::exchange(free_request_, returned_);
    returned_ = kNoRequest;
  }
  if (ended_.empty() && outstanding_ == 1 && arrival_ != kNever && read_alone(until)) {
    return &requests_[returned_].completion;
  }
  while (ended_.empty()) {
    const auto sent = sending_.empty() ? kNever : sending_.front().end;
    const auto flash = flash_.next_time();
    const auto before_flash = next_before_flash();
    const auto first = std::min(before_flash, std::min(sent, flash));
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
    } else {
      step_before_flash();
    }
  }
  returned_ = ended_.front();
  ended_.pop();
  return &requests_[returned_].completion;
}

/// The only command that there is, if it is a read of one page from flash: nothing can come between
/// its steps, so that they need no events. False, with nothing done: it is not, or does not end in
/// time.
bool Device::read_alone(Nanos until) {
  const auto id = arrivals_.front();
  auto& [command, time, latency] = requests_[id].completion;
  const auto slot = flash_.translation().pages().find(command.lpn);
  if (command.opcode != Opcode::kRead || command.pages != 1 || slot == kNoSlot ||
      buffer_.is_there() || flash_.next_time() != kNever) {
    return false;
  }
  const auto& rules = parameters_.front_end;
  const auto taken = command.time + rules.command_cost + rules.page_cost;
  const auto read = flash_.alone(slot, taken);
  const auto sent = read.channel + page_on_link_ + parameters_.link.latency;
  if (sent > until) {
    return false;
  }
  flash_.read_alone(slot, taken, read);
  out_.reserve(read.channel, page_on_link_);
  latency = {};
  latency.queue = taken - command.time;
  latency.die = read.array - taken;
  latency.channel = read.channel - read.array;
  latency.link = sent - read.channel;
  time = now_ = sent;
  arrivals_.pop();
  arrival_ = kNever;
  --outstanding_;
  returned_ = id;
  return true;
}

Nanos Device::next_time() const {
  if (!ended_.empty()) {
    return now_;
  }
  const auto sent = sending_.empty() ? kNever : sending_.front().end;
  return std::min(next_before_flash(), std::min(sent, flash_.next_time()));
}

Device::Backlog Device::backlog() const {
  return {outstanding_ - in_device_ - arrivals_.size(), admitting_.size(), buffer_.dirty()};
}

/// When something is to happen that comes before flash on a command's way.
Nanos Device::next_before_flash() const {
  const auto accessed = accessing_.empty() ? kNever : accessing_.front().end;
  const auto received = receiving_.empty() ? kNever : receiving_.front().end;
  return std::min(std::min(accessed, received), std::min(controller_end_, arrival_));
}

void Device::step_before_flash() {
  if (!accessing_.empty() && accessing_.front().end == now_) {
    const auto access = accessing_.front();
    accessing_.pop();
    end_access(access.request, access.pages);
  } else if (!receiving_.empty() && receiving_.front().end == now_) {
    const auto request = receiving_.front().request;
    receiving_.pop();
    write(request);
  } else if (controller_end_ == now_) {
    controller_end_ = kNever;
    begin(in_controller_);
    fetch();
  } else {
    const auto id = arrivals_.front();
    arrivals_.pop();
    arrival_ = arrivals_.empty() ? kNever : requests_[arrivals_.front()].completion.command.time;
    arrive(id);
  }
}

bool Device::can_take() const {
  const auto limit = parameters_.front_end.commands_in_device;
  return controller_end_ == kNever && (limit == 0 || in_device_ < limit);
}

/// Takes up commands, as many as the controller can.
void Device::fetch() {
  while (!queues_.empty() && can_take()) {
    take(queues_.pop());
  }
}

void Device::take(RequestId id) {
  ++in_device_;
  const auto& rules = parameters_.front_end;
  const auto cost = rules.command_cost + rules.page_cost * requests_[id].completion.command.pages;
  if (cost == Nanos{0}) {
    begin(id);
  } else {
    in_controller_ = id;
    controller_end_ = now_ + cost;
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

void Device::read(RequestId id) {
  const auto& command = requests_[id].completion.command;
  if (command.pages == 1 && !buffer_.is_there()) {  // what most are, on the shortest way
    const auto slot = flash_.translation().pages().find(command.lpn);
    if (slot != kNoSlot) {
      flash_.read(slot, 1, id, now_);
      return;
    }
  }
  read_pages(id);
}

/// Slots that lie next to each other in one flash page are one operation.
void Device::read_pages(RequestId id) {
  const auto& completion = requests_[id].completion;
  const auto command = completion.command;
  const auto& map = flash_.translation().pages();
  const auto& addresses = flash_.translation().addresses();
  const auto per_page = parameters_.geometry.slots_per_page();
  for (std::uint32_t page = 0; page < command.pages;) {
    const auto slot = map.find(Lpn{index(command.lpn) + page});
    std::uint16_t run = 1;
    if (is_buffered(Lpn{index(command.lpn) + page})) {
      accessing_.push({now_ + parameters_.buffer.latency, id, 1});
    } else if (slot == kNoSlot) {
      send(id, 1, {}, Nanos{0});
    } else {
      const auto room = per_page == 1 ? 1 : per_page - addresses.offset_of(slot) % per_page;
      while (run < room && page + run < command.pages &&
             !is_buffered(Lpn{index(command.lpn) + page + run}) &&
             index(map.find(Lpn{index(command.lpn) + page + run})) == index(slot) + run) {
        ++run;
      }
      flash_.read(slot, run, id, now_);
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
  const auto per_page = parameters_.geometry.slots_per_page();
  for (std::uint32_t page = 0; page < command.pages;) {
    const auto first = index(command.lpn) + page;
    lpns_.clear();
    do {
      lpns_.push_back(Lpn{index(command.lpn) + page++});
    } while (page < command.pages && lpns_.size() < per_page);
    flash_.write(next_plane(Lpn{first}), lpns_, id, now_);
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
    send(request, op.pages, op.latency, Nanos{0});
  } else {
    charge(requests_[request].completion.latency, op.latency);
    end_pages(request, op.pages);
  }
  flash_.release(id);
}

void Device::charge(Latency& latency, const FlashLatency& flash) {
  latency.channel = flash.channel;
  latency.die = flash.die;
  latency.collection = flash.collection;
}

/// Pages of a request go to the host. The latency of the page that goes last is the request's.
void Device::send(RequestId id, std::uint32_t pages, const FlashLatency& flash, Nanos buffer) {
  const auto duration = link_time(pages);
  const auto end = out_.reserve(now_, duration) + duration + parameters_.link.latency;
  auto& latency = requests_[id].completion.latency;
  charge(latency, flash);
  latency.buffer = buffer;
  latency.link = end - now_;
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
