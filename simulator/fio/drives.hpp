#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <gantry/ssd.h>

#include "fio/bridge.h"
#include "fio/conductor.hpp"

namespace gantry::fio {

/// What went wrong, and what to do about it.
struct Fault {
  std::string message;
  std::string hint;
};

/// The drives of a run, and the commands of its jobs. What jobs hand in at a moment goes to the
/// drives when time goes on, in the order of the jobs' numbers: that of their threads is chance.
class Drives final : public Events {
 public:
  /// is_copying: jobs are processes, whose memory the others do not see.
  Drives(const std::vector<std::uint32_t>& depths, bool is_copying);

  std::optional<Fault> open(const std::string& name, const gantry_fio_drive_options& options,
                            std::uint32_t& number);
  std::optional<Fault> place_file(std::uint32_t drive, const std::string& name, std::uint64_t size,
                                  std::uint64_t& offset);
  std::uint64_t capacity(std::uint32_t drive) const { return drives_[drive].info.capacity; }
  /// The time at which the drives' time begins.
  void begin(Time now) { begin_ = now; }

  void submit(std::uint32_t job, const gantry_fio_command& command);
  /// The same, when no other job hands in anything at this moment.
  void submit_now(std::uint32_t job, const gantry_fio_command& command, Time now);
  void want(std::uint32_t job, std::uint32_t least) { queues_[job].least = least; }
  /// What has ended of a job, `most` of it at most.
  std::uint32_t take(std::uint32_t job, std::uint32_t most, gantry_fio_event* events);

  Time go_on(Time now, Time until) override;
  /// No command ends before; kNever: none is outstanding.
  Time next_time() const;
  bool is_satisfied(std::uint32_t job) const override {
    return queues_[job].ended >= queues_[job].least;
  }

  /// Writes what the options want written in the end. further is a member to add to each report,
  /// as JSON; it may be empty.
  std::optional<Fault> finish(const std::string& further);

 private:
  struct Drive {
    std::string name;
    gantry_ssd* handle = nullptr;
    gantry_ssd_info info{};
    std::string device, state, data_file, save_state, report, series;
    std::uint32_t fill = 0;
    std::uint64_t seed = 0;
    Time start = 0;  // of its own time
    std::uint64_t placed = 0;
    std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> files;  // offset, size
  };
  /// What a job has handed in, and what of that has ended.
  struct Queue {
    std::vector<gantry_fio_command> pending;
    std::vector<gantry_fio_event> events;  // a ring
    std::uint32_t first = 0;
    std::uint32_t ended = 0;
    std::uint32_t least = 1;
    struct Copy {
      std::vector<std::byte> bytes;
      void* to = nullptr;  // of a read
      std::uint64_t length = 0;
    };
    std::vector<Copy> copies;  // by slot
  };

  static bool is_wanted_alike(const Drive& drive, const gantry_fio_drive_options& options);
  static std::uint64_t end_of(const Drive& drive, std::uint64_t offset, std::uint64_t size);
  void flush(Time now);
  void* data_of(Queue& queue, const gantry_fio_command& command);

  /// A command that has ended and is not told yet.
  struct Held {
    Time time;
    std::uint64_t tag;
  };

  void pass(std::uint32_t job, const gantry_fio_command& command, Time now);
  void deliver(std::uint64_t tag, int error, Time time);
  Time time_of(const Drive& drive, std::uint64_t time) const {
    return time == GANTRY_SSD_NEVER ? kNever : static_cast<Time>(time) - drive.start + begin_;
  }
  std::uint64_t own_time(const Drive& drive, Time time) const {
    return time == kNever ? GANTRY_SSD_NEVER
                          : static_cast<std::uint64_t>(time - begin_ + drive.start);
  }
  Drive* next_drive(Time& at) {
    if (drives_.size() == 1) {
      at = time_of(drives_.front(), gantry_ssd_next_time(drives_.front().handle));
      return at == kNever ? nullptr : &drives_.front();
    }
    return next_of_several(at);
  }
  Drive* next_of_several(Time& at);
  std::optional<Fault> write_report(const Drive& drive, const std::string& further) const;
  std::optional<Fault> write_series(const Drive& drive) const;

  std::vector<Drive> drives_;
  std::vector<Queue> queues_;
  bool is_copying_;
  Time begin_ = 0;
  std::deque<Held> held_;
  bool is_refused_ = false;  // a command, by its drive
};

}  // namespace gantry::fio
