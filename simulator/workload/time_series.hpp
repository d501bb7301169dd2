#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "ssd/command.hpp"
#include "ssd/flash.hpp"

namespace gantry::workload {

/// What has ended in a span of time.
struct Window {
  std::uint64_t reads = 0;   ///< commands
  std::uint64_t writes = 0;  ///< commands
  std::uint64_t others = 0;  ///< commands
  std::uint64_t pages_read = 0;
  std::uint64_t pages_written = 0;
  std::uint64_t latency_sum = 0;  ///< nanoseconds
  std::uint64_t latency_max = 0;
  std::uint64_t host_pages = 0;   ///< that have been put into flash
  std::uint64_t moved_pages = 0;  ///< by garbage collection
  std::uint64_t erases = 0;

  std::uint64_t commands() const { return reads + writes + others; }
  void add(const Window& other);
};

/// Windows of equal length, one after another. When there are too many, each two become one: memory
/// is constant, however long it goes on.
class TimeSeries {
 public:
  /// most is even.
  TimeSeries(ssd::Nanos start, ssd::Nanos length, std::size_t most)
      : start_(start), length_(length), most_(most), end_(start + length) {
    windows_.reserve(most);
  }

  void record(const ssd::Completion& completion, const ssd::FlashCounters& counters) {
    if (completion.time > end_) {
      roll(completion.time - ssd::Nanos{1}, counters);  // what ends with a window is of it
    }
    const auto& command = completion.command;
    const auto latency = static_cast<std::uint64_t>((completion.time - command.time).count());
    current_.latency_sum += latency;
    current_.latency_max = std::max(current_.latency_max, latency);
    switch (command.opcode) {
      case ssd::Opcode::kRead:
        ++current_.reads;
        current_.pages_read += command.pages;
        break;
      case ssd::Opcode::kWrite:
        ++current_.writes;
        current_.pages_written += command.pages;
        break;
      default:
        ++current_.others;
    }
  }

  /// What flash had done before.
  void begin(const ssd::FlashCounters& counters) { before_ = counters; }
  /// Ends the last window, which may be shorter than the others.
  void finish(ssd::Nanos end, const ssd::FlashCounters& counters);

  ssd::Nanos start() const { return start_; }
  ssd::Nanos length() const { return length_; }
  /// Until finish(), all but the one that is being filled.
  const std::vector<Window>& windows() const { return windows_; }
  /// How many are of the whole length.
  std::size_t whole() const { return whole_; }

 private:
  void roll(ssd::Nanos time, const ssd::FlashCounters& counters);
  void close(const ssd::FlashCounters& counters);
  void halve();

  ssd::Nanos start_;
  ssd::Nanos length_;
  std::size_t most_;
  ssd::Nanos end_;  // of the current window
  Window current_;
  ssd::FlashCounters before_;  // the current window
  std::vector<Window> windows_;
  std::size_t whole_ = 0;
};

}  // namespace gantry::workload
