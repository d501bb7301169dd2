#include "host/drive.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include <fmt/format.h>

#include "base/memory.hpp"
#include "config/memory.hpp"
#include "config/namespaces.hpp"
#include "ssd/precondition.hpp"
#include "workload/conservation.hpp"

namespace gantry::host {

using ssd::kNever;
using ssd::Lpn;
using ssd::Nanos;
using ssd::Opcode;

base::Result<std::unique_ptr<ssd::Device>> make_device(const config::Description& description,
                                                       Fill fill, std::uint64_t seed) {
  const auto filling = fill == Fill::kNone ? config::Filling::kPart : config::Filling::kAll;
  GANTRY_TRY(auto device, config::make_device(description, filling, base::available_memory()));
  if (fill == Fill::kSequential) {
    ssd::fill_in_order(*device);
  } else if (fill == Fill::kRandom) {
    ssd::fill_at_random(*device, seed);
  }
  return device;
}

base::Result<Drive> Drive::create(config::Description description, const Options& options) {
  GANTRY_TRY(auto device, make_device(description, options.fill, options.seed));
  return create(std::move(description), std::move(device), options);
}

base::Result<Drive> Drive::create(config::Description description,
                                  std::unique_ptr<ssd::Device> device, const Options& options) {
  const auto& parameters = description.parameters;
  const auto bytes = std::uint64_t{parameters.logical_pages} * parameters.geometry.mapping_bytes;
  GANTRY_TRY(auto store, data::open(options.data, bytes, options.data_file));
  return Drive(std::move(description), std::move(device), std::move(store), options.measures);
}

Drive::Drive(config::Description description, std::unique_ptr<ssd::Device> device,
             std::unique_ptr<data::Store> store, bool measures)
    : description_(std::move(description)),
      spaces_(config::namespaces(description_)),
      device_(std::move(device)),
      store_(std::move(store)),
      unit_(description_.parameters.geometry.mapping_bytes),
      shift_(std::has_single_bit(unit_) ? static_cast<unsigned>(std::countr_zero(unit_)) : 64),
      last_(device_->now()) {
  if (measures) {
    begin_report();
  }
}

Drive::Refusal Drive::refusal(const Request& request) const {
  if (request.time < last_ || request.time < device_->now()) {
    return Refusal::kPast;
  }
  if (request.time > kLastTime) {
    return Refusal::kFuture;
  }
  if (request.queue >= description_.parameters.front_end.queues.size()) {
    return Refusal::kQueue;
  }
  if (request.opcode == Opcode::kFlush) {
    return Refusal::kNone;
  }
  if (request.space > spaces_.size()) {
    return Refusal::kSpace;
  }
  const auto bytes = capacity(request.space);
  if (request.offset > bytes || request.length > bytes - request.offset) {
    return Refusal::kRange;
  }
  if (request.length == 0) {
    return Refusal::kEmpty;
  }
  return request.length > kMostBytes && request.opcode != Opcode::kTrim ? Refusal::kLong
                                                                        : Refusal::kNone;
}

base::Error Drive::explain(Refusal refusal, const Request& request) const {
  const auto queues = description_.parameters.front_end.queues.size();
  switch (refusal) {
    case Refusal::kSpace:
      return {
          fmt::format("there is no namespace {}: the device has {}", request.space, spaces_.size()),
          "", "the numbers of namespaces begin at 1; 0 is the whole device"};
    case Refusal::kQueue:
      return {fmt::format("there is no queue {}: the device has {}", request.queue, queues), "",
              "the numbers of queues begin at 0; /front_end/queues of the description names them"};
    case Refusal::kPast:
      return {fmt::format("a command comes at {} ns, but it is {} ns already", request.time.count(),
                          std::max(last_, device_->now()).count()),
              "", "submit commands in the order of their times, before time goes on beyond them"};
    case Refusal::kFuture:
      return {fmt::format("a command comes at {} ns, beyond the end of time", request.time.count()),
              "", fmt::format("the last time is {} ns", kLastTime.count())};
    case Refusal::kEmpty:
      return {"a command has no bytes", "", "reads, writes and trims have one byte or more"};
    case Refusal::kLong:
      return {fmt::format("a command has {} bytes, more than {}", request.length, kMostBytes), "",
              "split it"};
    case Refusal::kRange:
      return {fmt::format("{} bytes at {} are not all on a device of {} bytes", request.length,
                          request.offset, capacity(request.space)),
              "", ""};
    case Refusal::kNone:
      break;
  }
  return {"nothing is wrong", "", ""};
}

base::Result<void> Drive::move_data(const Request& request) {
  if (request.opcode == Opcode::kFlush) {
    return store_->flush();
  }
  const auto offset = std::uint64_t{range(request.space).first} * unit_ + request.offset;
  if (request.opcode == Opcode::kRead) {
    return request.data == nullptr ? base::Result<void>()
                                   : store_->read(offset, {request.data, request.length});
  }
  if (request.opcode == Opcode::kTrim) {
    return store_->zero(offset, request.length);
  }
  auto done = request.data == nullptr ? store_->zero(offset, request.length)
                                      : store_->write(offset, {request.data, request.length});
  return done && request.force_unit_access ? store_->flush() : std::move(done);
}

Drive::Step Drive::step_of(const Request& request) const {
  Step step;
  auto& command = step.command;
  command.time = request.time;
  command.queue = request.queue;
  command.opcode = request.opcode;
  command.force_unit_access = request.force_unit_access;
  if (request.opcode == Opcode::kFlush) {
    return step;
  }
  const auto end = request.offset + request.length;
  auto first = page_of(request.offset);
  auto after = page_of(end - 1) + 1;
  const bool is_first_cut = first * unit_ != request.offset;
  const bool is_last_cut = after * unit_ != end;
  if (request.opcode == Opcode::kWrite) {
    step.is_first_partial = is_first_cut || (is_last_cut && after == first + 1);
    step.is_last_partial = is_last_cut && after > first + 1;
  } else if (request.opcode == Opcode::kTrim) {
    const auto first_whole = is_first_cut ? first + 1 : first;
    const auto after_whole = is_last_cut ? after - 1 : after;
    const bool has_whole = after_whole > first_whole;
    first = has_whole ? first_whole : first;
    after = has_whole ? after_whole : first;
  }
  command.lpn = Lpn{range(request.space).first + static_cast<std::uint32_t>(first)};
  command.pages = static_cast<std::uint32_t>(after - first);
  return step;
}

std::uint32_t Drive::take_slot(std::uint64_t tag) {
  auto slot = free_slot_;
  if (slot == kNone) {
    slot = static_cast<std::uint32_t>(slots_.size());
    slots_.emplace_back();
  } else {
    free_slot_ = slots_[slot].next_free;
  }
  slots_[slot].tag = tag;
  return slot;
}

base::Result<void> Drive::submit(const Request& request) {
  if (const auto refused = refusal(request); refused != Refusal::kNone) {
    return explain(refused, request);
  }
  GANTRY_CHECK(move_data(request));
  auto step = step_of(request);
  step.command.tag = take_slot(request.tag);
  last_ = request.time;
  ++generated_;
  // The device takes commands in the order of their times only: what is later than now has to wait
  // as long as a write is going to follow its reads. Whether there are any is known at its time.
  const bool is_partial = step.is_first_partial || step.is_last_partial;
  if (!held_.empty() || (request.time > device_->now() && (is_partial || modifying_ > 0))) {
    held_.push(step);
  } else {
    pass(step);
  }
  return {};
}

bool Drive::is_in_flash(Lpn page) const {
  return device_->flash().translation().pages().find(page) != ssd::kNoSlot;
}

void Drive::pass(const Step& step) {
  const auto& write = step.command;
  const Lpn last{ssd::index(write.lpn) + write.pages - 1};
  const bool reads_first = step.is_first_partial && is_in_flash(write.lpn);
  const bool reads_last = step.is_last_partial && is_in_flash(last);
  if (!reads_first && !reads_last) {
    device_->submit(write);
    return;
  }
  auto at = free_modification_;
  if (at == kNone) {
    at = static_cast<std::uint32_t>(modifications_.size());
    modifications_.emplace_back();
  } else {
    free_modification_ = modifications_[at].next_free;
  }
  auto& modification = modifications_[at];
  modification.write = write;
  modification.since = write.time;
  modification.spent = {};
  slots_[write.tag].modification = at;
  ++modifying_;
  ++modified_;
  auto read = write;
  read.opcode = Opcode::kRead;
  read.force_unit_access = false;
  read.pages = reads_first && reads_last && write.pages == 2 ? 2 : 1;
  modification.reads = reads_first && reads_last && write.pages > 2 ? 2 : 1;
  read.lpn = reads_first ? write.lpn : last;
  device_->submit(read);
  if (modification.reads == 2) {
    read.lpn = last;
    device_->submit(read);
  }
}

/// True: it was the write that has ended.
bool Drive::go_on(const ssd::Completion& completion, Modification& modification) {
  if (modification.reads == 0) {
    return true;
  }
  if (--modification.reads == 0) {
    --modifying_;
    modification.spent = completion.latency;
    modification.write.time = completion.time;
    device_->submit(modification.write);
  }
  return false;
}

/// Makes it what the host gets; false: it is a read of a modification.
bool Drive::finish(ssd::Completion& completion) {
  const auto number = static_cast<std::uint32_t>(completion.command.tag);
  auto& slot = slots_[number];
  if (slot.modification != kNone) {
    auto& modification = modifications_[slot.modification];
    if (!go_on(completion, modification)) {
      return false;
    }
    completion.command.time = modification.since;
    completion.latency += modification.spent;
    modification.next_free =
        std::exchange(free_modification_, std::exchange(slot.modification, kNone));
  }
  completion.command.tag = slot.tag;
  slot.next_free = std::exchange(free_slot_, number);
  ++serviced_;
  if (recorder_) {
    recorder_->record(completion, device_->flash().counters());
  }
  return true;
}

const ssd::Completion* Drive::next(Nanos until) {
  for (;;) {
    const auto due = held_.empty() ? kNever : held_.front().command.time;
    if (auto* const completion = device_->next(std::min(until, due))) {
      if (finish(*completion)) {
        return completion;
      }
    } else if (due != kNever && due <= until) {
      const auto step = held_.front();
      held_.pop();
      pass(step);
    } else {
      return nullptr;
    }
  }
}

Nanos Drive::next_time() const {
  const auto due = held_.empty() ? kNever : held_.front().command.time;
  return std::min(due, device_->next_time());
}

void Drive::begin_report() {
  recorder_.emplace(*device_, device_->now(), Nanos{0});
}

workload::Report Drive::report() const {
  auto recorder = *recorder_;
  auto report = recorder.finish(*device_, device_->now());
  const auto holdings = workload::take_stock(*device_);
  report.wear = {holdings.erases, device_->parameters().geometry.blocks(), holdings.least_erases,
                 holdings.most_erases};
  report.generated = generated_;
  report.serviced = serviced_;
  report.mapped_pages = device_->flash().translation().pages().mapped();
  return report;
}

}  // namespace gantry::host
