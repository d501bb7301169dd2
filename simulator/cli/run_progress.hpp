#pragma once

#include <chrono>
#include <cstdint>

#include "workload/driver.hpp"

namespace gantry::cli {

/// Shows on standard error how far a run is and when it may end, once it takes longer than a
/// second: in one line of a terminal, or as a line every few seconds in a log. Ends the run when
/// the user interrupts it.
class RunProgress : public workload::Watcher {
 public:
  /// Of the run that these options are of, which begins now, at a simulated time.
  RunProgress(const workload::RunOptions& options, ssd::Nanos start);
  ~RunProgress() override;

  bool go_on(ssd::Nanos now, std::uint64_t commands) override;

 private:
  using Clock = std::chrono::steady_clock;

  void show(ssd::Nanos now, std::uint64_t commands, Clock::time_point time);

  workload::Extent whole_;
  ssd::Nanos start_;
  bool is_terminal_;
  bool shown_ = false;
  Clock::time_point begin_ = Clock::now();
  Clock::time_point next_ = begin_ + std::chrono::seconds(1);
};

/// Only ends the run when the user interrupts it.
class Interruption : public workload::Watcher {
 public:
  bool go_on(ssd::Nanos now, std::uint64_t commands) override;
};

}  // namespace gantry::cli
