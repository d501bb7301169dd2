#include "fio/drives.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "base/file.hpp"

namespace gantry::fio {

namespace {

constexpr std::uint64_t kPlaceUnit = std::uint64_t{1} << 20;

/// Of commands that take a drive no time at all, as a trim may: a job that does nothing else would
/// never see time go by.
constexpr Time kLeastLatency = 1'000;

const char* pointer(const std::string& text) {
  return text.empty() ? nullptr : text.c_str();
}

std::string text(const char* pointer) {
  return pointer == nullptr ? std::string() : std::string(pointer);
}

Fault last_fault() {
  return {gantry_ssd_message(), gantry_ssd_hint()};
}

std::uint64_t tag_of(std::uint32_t job, std::uint32_t slot) {
  return std::uint64_t{job} << 32 | slot;
}

/// Of the drive of a number: report.json, report-1.json ...
std::string numbered(const std::string& path, std::size_t number) {
  if (number == 0 || path.empty()) {
    return path;
  }
  const std::filesystem::path whole(path);
  const auto name =
      fmt::format("{}-{}{}", whole.stem().native(), number, whole.extension().native());
  return (whole.parent_path() / name).native();
}

std::optional<Fault> write(const std::string& path, const std::string& content) {
  const auto written = base::write_file(path, content);
  if (!written) {
    return Fault{written.error().what, written.error().hint};
  }
  return std::nullopt;
}

}  // namespace

Drives::Drives(const std::vector<std::uint32_t>& depths, bool is_copying)
    : queues_(depths.size()), is_copying_(is_copying) {
  for (std::size_t job = 0; job < depths.size(); ++job) {
    const auto depth = std::max<std::uint32_t>(depths[job], 1);
    queues_[job].pending.reserve(depth);
    queues_[job].events.resize(depth);
    if (is_copying) {
      queues_[job].copies.resize(depth);
    }
  }
}

bool Drives::is_wanted_alike(const Drive& drive, const gantry_fio_drive_options& options) {
  return drive.device == text(options.device) && drive.state == text(options.state) &&
         drive.fill == options.fill && drive.seed == options.seed;
}

std::optional<Fault> Drives::open(const std::string& name, const gantry_fio_drive_options& options,
                                  std::uint32_t& number) {
  const auto found = std::find_if(drives_.begin(), drives_.end(),
                                  [&](const Drive& drive) { return drive.name == name; });
  number = static_cast<std::uint32_t>(found - drives_.begin());
  if (found != drives_.end()) {
    if (!is_wanted_alike(*found, options)) {
      return Fault{fmt::format("two jobs want different devices for the drive '{}'", name),
                   "put device=, state=, fill= and fill_seed= into [global], or give the jobs "
                   "different filename="};
    }
    return std::nullopt;
  }
  Drive drive;
  drive.name = name;
  drive.fill = options.fill;
  drive.seed = options.seed;
  drive.device = text(options.device);
  drive.state = text(options.state);
  drive.data_file = numbered(text(options.data_file), number);
  drive.save_state = numbered(text(options.save_state), number);
  drive.report = numbered(text(options.report), number);
  drive.series = numbered(text(options.series), number);
  if (drive.device.empty() && drive.state.empty()) {
    return Fault{"there is no device", "say device=PROFILE, device=FILE or state=FILE"};
  }
  gantry_ssd_options how{};
  how.size = sizeof(how);
  how.device = pointer(drive.device);
  how.state = pointer(drive.state);
  how.data_file = pointer(drive.data_file);
  how.data = options.data;
  how.fill = options.fill;
  how.seed = options.seed;
  how.flags = drive.report.empty() && drive.series.empty()
                  ? static_cast<std::uint32_t>(GANTRY_SSD_WITHOUT_REPORT)
                  : 0U;
  if (gantry_ssd_open(&how, &drive.handle) != GANTRY_SSD_OK) {
    return last_fault();
  }
  drive.info.size = sizeof(drive.info);
  gantry_ssd_get_info(drive.handle, &drive.info);
  drive.start = static_cast<Time>(gantry_ssd_now(drive.handle));
  drives_.push_back(std::move(drive));
  return std::nullopt;
}

/// Where the next file may begin.
std::uint64_t Drives::end_of(const Drive& drive, std::uint64_t offset, std::uint64_t size) {
  return std::min(drive.info.capacity, offset + (size + kPlaceUnit - 1) / kPlaceUnit * kPlaceUnit);
}

std::optional<Fault> Drives::place_file(std::uint32_t number, const std::string& name,
                                        std::uint64_t size, std::uint64_t& offset) {
  auto& drive = drives_[number];
  const auto [place, is_new] = drive.files.emplace(name, std::pair{drive.placed, size});
  offset = place->second.first;
  auto& known_size = place->second.second;
  if (!is_new && size <= known_size) {
    return std::nullopt;
  }
  if (!is_new && end_of(drive, offset, known_size) != drive.placed) {
    return Fault{fmt::format("the file '{}' has {} bytes, and a later job wants {} of it, which "
                             "other files have",
                             name, known_size, size),
                 "let the job with the largest file of a name come first, or give each its own"};
  }
  if (size > drive.info.capacity - std::min(drive.info.capacity, offset)) {
    return Fault{fmt::format("there is no room for the file '{}' of {} bytes: the drive has {}, of "
                             "which other files have {}",
                             name, size, drive.info.capacity, drive.placed),
                 "files that fio names lie side by side; make size= smaller, or let the jobs "
                 "share the whole drive by filename=NAME"};
  }
  known_size = size;
  drive.placed = end_of(drive, offset, size);
  return std::nullopt;
}

/// Where its data is, or goes to.
void* Drives::data_of(Queue& queue, const gantry_fio_command& command) {
  if (drives_[command.drive].info.data == GANTRY_SSD_TIMING_ONLY) {
    return nullptr;
  }
  if (!is_copying_ || command.opcode > GANTRY_SSD_WRITE) {
    return command.data;
  }
  auto& copy = queue.copies[command.slot];
  if (copy.bytes.size() < command.length) {
    copy.bytes.resize(command.length);
  }
  copy.to = command.opcode == GANTRY_SSD_READ ? command.data : nullptr;
  copy.length = command.length;
  if (command.opcode == GANTRY_SSD_WRITE) {
    std::memcpy(copy.bytes.data(), command.data, command.length);
  }
  return copy.bytes.data();
}

void Drives::submit(std::uint32_t job, const gantry_fio_command& command) {
  auto& queue = queues_[job];
  queue.pending.push_back(command);
  queue.pending.back().data = data_of(queue, command);
}

void Drives::submit_now(std::uint32_t job, const gantry_fio_command& command, Time now) {
  auto placed = command;
  placed.data = data_of(queues_[job], command);
  pass(job, placed, now);
}

void Drives::pass(std::uint32_t job, const gantry_fio_command& command, Time now) {
  auto& drive = drives_[command.drive];
  gantry_ssd_request request{};
  request.time = own_time(drive, now);
  request.offset = command.offset;
  request.length = command.length;
  request.tag = tag_of(job, command.slot);
  request.data = command.data;
  request.opcode = command.opcode;
  request.flags = command.flags;
  const auto status = gantry_ssd_submit(drive.handle, &request);
  if (status != GANTRY_SSD_OK) {
    const int error = status == GANTRY_SSD_RANGE     ? ENOSPC
                      : status == GANTRY_SSD_INVALID ? EINVAL
                                                     : EIO;
    deliver(request.tag, error, now);
    is_refused_ = true;
  }
}

void Drives::flush(Time now) {
  for (std::uint32_t job = 0; job < queues_.size(); ++job) {
    auto& pending = queues_[job].pending;
    for (const auto& command : pending) {
      pass(job, command, now);
    }
    pending.clear();
  }
}

void Drives::deliver(std::uint64_t tag, int error, Time time) {
  auto& queue = queues_[tag >> 32];
  const auto size = static_cast<std::uint32_t>(queue.events.size());
  auto at = queue.first + queue.ended;
  at = at >= size ? at - size : at;
  queue.events[at] = {static_cast<std::uint32_t>(tag), error, static_cast<std::uint64_t>(time)};
  ++queue.ended;
}

std::uint32_t Drives::take(std::uint32_t job, std::uint32_t most, gantry_fio_event* events) {
  auto& queue = queues_[job];
  const auto count = std::min(most, queue.ended);
  for (std::uint32_t i = 0; i < count; ++i) {
    events[i] = queue.events[queue.first];
    queue.first = queue.first + 1 == queue.events.size() ? 0 : queue.first + 1;
    if (is_copying_) {
      auto& copy = queue.copies[events[i].slot];
      if (copy.to != nullptr) {
        std::memcpy(copy.to, copy.bytes.data(), copy.length);
        copy.to = nullptr;
      }
    }
  }
  queue.ended -= count;
  return count;
}

Drives::Drive* Drives::next_of_several(Time& at) {
  Drive* next = nullptr;
  at = kNever;
  for (auto& drive : drives_) {
    const auto time = time_of(drive, gantry_ssd_next_time(drive.handle));
    if (time < at) {
      next = &drive;
      at = time;
    }
  }
  return next;
}

Time Drives::next_time() const {
  auto next = held_.empty() ? kNever : held_.front().time;
  for (const auto& drive : drives_) {
    next = std::min(next, time_of(drive, gantry_ssd_next_time(drive.handle)));
  }
  return next;
}

Time Drives::go_on(Time now, Time until) {
  flush(now);
  auto reached = std::exchange(is_refused_, false) ? now : kNever;
  for (;;) {
    auto limit = reached == kNever ? until : reached;
    const auto held = held_.empty() ? kNever : held_.front().time;
    auto at = kNever;
    auto* const next = next_drive(at);
    if (held <= limit && held <= at) {
      reached = held;
      deliver(held_.front().tag, 0, reached);
      held_.pop_front();
      continue;
    }
    if (next == nullptr || at > limit) {
      return reached;
    }
    // Of several drives none goes beyond what the others may do before.
    limit = drives_.size() == 1 ? std::min(limit, held) : at;
    gantry_ssd_completion completion;
    const auto status = gantry_ssd_next(next->handle, own_time(*next, limit), &completion);
    if (status == GANTRY_SSD_OK && completion.completed == completion.submitted) {
      held_.push_back({time_of(*next, completion.completed) + kLeastLatency, completion.tag});
    } else if (status == GANTRY_SSD_OK) {
      reached = time_of(*next, completion.completed);
      deliver(completion.tag, 0, reached);
    } else if (status != GANTRY_SSD_NONE || (drives_.size() == 1 && held_.empty())) {
      return reached;
    }
  }
}

std::optional<Fault> Drives::write_report(const Drive& drive, const std::string& further) const {
  char* json = nullptr;
  if (gantry_ssd_report(drive.handle, GANTRY_SSD_HISTOGRAMS, &json) != GANTRY_SSD_OK) {
    return last_fault();
  }
  std::string report(json);
  gantry_ssd_free(json);
  if (!further.empty()) {
    report.insert(report.rfind('}'), ", " + further);
  }
  return write(drive.report, report);
}

std::optional<Fault> Drives::write_series(const Drive& drive) const {
  char* csv = nullptr;
  if (gantry_ssd_series(drive.handle, &csv) != GANTRY_SSD_OK) {
    return last_fault();
  }
  const std::string series(csv);
  gantry_ssd_free(csv);
  return write(drive.series, series);
}

std::optional<Fault> Drives::finish(const std::string& further) {
  for (const auto& drive : drives_) {
    if (!drive.report.empty()) {
      if (auto fault = write_report(drive, further)) {
        return fault;
      }
    }
    if (!drive.series.empty()) {
      if (auto fault = write_series(drive)) {
        return fault;
      }
    }
    if (!drive.save_state.empty() &&
        gantry_ssd_save(drive.handle, drive.save_state.c_str()) != GANTRY_SSD_OK) {
      return last_fault();
    }
  }
  return std::nullopt;
}

}  // namespace gantry::fio
