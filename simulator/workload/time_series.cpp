#include "workload/time_series.hpp"

#include <utility>

namespace gantry::workload {

void Window::add(const Window& other) {
  reads += other.reads;
  writes += other.writes;
  others += other.others;
  pages_read += other.pages_read;
  pages_written += other.pages_written;
  latency_sum += other.latency_sum;
  latency_max = std::max(latency_max, other.latency_max);
  host_pages += other.host_pages;
  moved_pages += other.moved_pages;
  erases += other.erases;
}

void TimeSeries::close(const ssd::FlashCounters& counters) {
  current_.host_pages += counters.host_pages - before_.host_pages;
  current_.moved_pages += counters.moved_pages - before_.moved_pages;
  current_.erases += counters.erases - before_.erases;
  before_ = counters;
  windows_.push_back(std::exchange(current_, Window{}));
}

void TimeSeries::roll(ssd::Nanos time, const ssd::FlashCounters& counters) {
  while (time >= end_) {
    if (windows_.size() + 1 >= most_) {
      // An odd one stays open: it becomes the first half of a window of twice the length.
      halve();
      end_ = start_ + length_ * static_cast<std::int64_t>(windows_.size() + 1);
      continue;
    }
    close(counters);
    end_ += length_;
  }
}

/// most is even, so windows_ has an odd number of windows here: the last one joins the current one.
void TimeSeries::halve() {
  auto last = windows_.back();
  last.add(current_);
  current_ = last;
  windows_.pop_back();
  for (std::size_t at = 0; at < windows_.size() / 2; ++at) {
    auto joined = windows_[2 * at];
    joined.add(windows_[2 * at + 1]);
    windows_[at] = joined;
  }
  windows_.resize(windows_.size() / 2);
  length_ *= 2;
}

void TimeSeries::finish(ssd::Nanos end, const ssd::FlashCounters& counters) {
  if (end > start_) {
    roll(end - ssd::Nanos{1}, counters);
    close(counters);
    whole_ = windows_.size() - (end < end_ ? 1 : 0);
  }
}

}  // namespace gantry::workload
