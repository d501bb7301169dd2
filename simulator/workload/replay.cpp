#include "workload/replay.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace gantry::workload {

Replay::Replay(TraceReader reader, const ssd::Parameters& parameters, const ReplayOptions& options,
               ssd::Nanos start)
    : reader_(std::move(reader)),
      options_(options),
      pages_(options.pages == 0 ? parameters.logical_pages - options.first_page : options.pages),
      mapping_bytes_(parameters.geometry.mapping_bytes),
      start_(start),
      now_(start) {
  read();
}

ssd::Nanos Replay::next_time() const {
  if (!pending_) {
    return ssd::kNever;
  }
  if (options_.queue_depth == 0) {
    return pending_->time;
  }
  return outstanding_ < options_.queue_depth ? now_ : ssd::kNever;
}

ssd::Command Replay::take() {
  auto command = *pending_;
  if (options_.queue_depth > 0) {
    command.time = now_;
    ++outstanding_;
  } else {
    now_ = command.time;
  }
  command.tag = ++number_;
  read();
  return command;
}

void Replay::completed(const ssd::Completion& completion) {
  if (options_.queue_depth > 0) {
    --outstanding_;
    now_ = completion.time;
  }
}

void Replay::read() {
  pending_.reset();
  auto request = reader_.next();
  if (!request) {
    error_ = std::move(request).error();
    return;
  }
  if (!*request) {
    return;
  }
  auto command = command_of(**request);
  if (!command) {
    error_ = std::move(command).error();
    return;
  }
  // Requests that were logged too late come with the one before them.
  command->time = std::max(start_ + (*request)->time, now_);
  pending_ = *command;
}

base::Result<ssd::Command> Replay::command_of(const Request& request) const {
  ssd::Command command;
  command.opcode = request.opcode;
  command.force_unit_access = request.force_unit_access;
  if (request.opcode == ssd::Opcode::kFlush) {
    return command;
  }
  const auto first = request.offset / mapping_bytes_;
  const auto last = (request.offset + request.bytes - 1) / mapping_bytes_;
  if (!options_.wrap && last >= pages_) {
    return base::Error{
        fmt::format("the request ends at byte {}, and the device at {}",
                    request.offset + request.bytes, std::uint64_t{pages_} * mapping_bytes_),
        fmt::format("{}:{}", reader_.name(), reader_.lines()),
        "take a larger device, or let such addresses begin again at its first"};
  }
  command.pages = static_cast<std::uint32_t>(std::min<std::uint64_t>(last - first + 1, pages_));
  // What would run over the end is moved down to it.
  command.lpn = ssd::Lpn{options_.first_page + static_cast<std::uint32_t>(std::min<std::uint64_t>(
                                                   first % pages_, pages_ - command.pages))};
  return command;
}

}  // namespace gantry::workload
