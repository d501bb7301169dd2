#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "fio/conductor.hpp"
#include "fio/drives.hpp"
#include "realtime/pacer.hpp"

namespace gantry::fio {

/// Drives in the host's time: commands come when jobs hand them in, and end at absolute deadlines.
/// Jobs are threads of one process.
class RealTime {
 public:
  RealTime(Drives& drives, Conductor::IsGone is_gone, std::vector<Job>& jobs);

  void join(std::uint32_t job);
  /// Returns whether all jobs have ended.
  bool leave(std::uint32_t job);
  /// Returns the host's time.
  Time submit(std::uint32_t job, const gantry_fio_command& command);
  std::uint32_t wait(std::uint32_t job, std::uint32_t least, std::uint32_t most,
                     gantry_fio_event* events);

  /// No job does anything to the drives as long as this is held.
  std::unique_lock<std::mutex> hold() { return std::unique_lock(lock_); }

  realtime::Punctuality punctuality() const { return pacer_.punctuality(); }

 private:
  void advance();

  Drives& drives_;
  Conductor::IsGone is_gone_;
  std::vector<Job>& jobs_;
  realtime::MonotonicClock clock_;
  realtime::Pacer pacer_{clock_};
  std::mutex lock_;
  Time reached_ = 0;
};

}  // namespace gantry::fio
