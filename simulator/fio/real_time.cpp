#include "fio/real_time.hpp"

#include <algorithm>

namespace gantry::fio {

using realtime::Nanos;

RealTime::RealTime(Drives& drives, Conductor::IsGone is_gone, std::vector<Job>& jobs)
    : drives_(drives), is_gone_(is_gone), jobs_(jobs) {}

void RealTime::join(std::uint32_t job) {
  const std::lock_guard locked(lock_);
  jobs_[job].state = Party::kRunning;
}

bool RealTime::leave(std::uint32_t job) {
  const std::lock_guard locked(lock_);
  jobs_[job].state = Party::kAbsent;
  return std::all_of(jobs_.begin(), jobs_.end(), [this](const Job& each) {
    return each.state == Party::kAbsent ||
           (each.state == Party::kDormant && is_gone_(each.thread) != 0);
  });
}

/// To the host's time. What has been handed in before came at the time that was reached then.
void RealTime::advance() {
  const auto now = std::max(reached_, Time{pacer_.now().count()});
  while (drives_.go_on(reached_, now) != kNever) {
  }
  reached_ = now;
}

Time RealTime::submit(std::uint32_t job, const gantry_fio_command& command) {
  const auto now = clock_.now().count();
  const std::lock_guard locked(lock_);
  advance();
  drives_.submit_now(job, command, reached_);
  return now;
}

std::uint32_t RealTime::wait(std::uint32_t job, std::uint32_t least, std::uint32_t most,
                             gantry_fio_event* events) {
  for (;;) {
    Time next = 0;
    {
      const std::lock_guard locked(lock_);
      advance();
      drives_.want(job, least);
      if (drives_.is_satisfied(job)) {
        const auto count = drives_.take(job, most, events);
        for (std::uint32_t i = 0; i < count; ++i) {
          pacer_.delivered(Nanos{static_cast<Time>(events[i].time)});
        }
        return count;
      }
      next = drives_.next_time();
    }
    // Nothing that others hand in meanwhile can make a command end before.
    pacer_.wait_until(Nanos{next});
  }
}

}  // namespace gantry::fio
