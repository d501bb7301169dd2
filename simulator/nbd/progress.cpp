#include "nbd/progress.hpp"

#include <cstdio>
#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"

namespace gantry::nbd {

std::string progress_line(const Traffic& traffic, const realtime::Punctuality& punctuality) {
  const auto delivered = punctuality.delivered;
  const auto share = delivered == 0 ? 0.0
                                    : 100.0 * static_cast<double>(punctuality.late) /
                                          static_cast<double>(delivered);
  const auto micros = [](realtime::Nanos time) {
    return static_cast<double>(time.count()) / 1000.0;
  };
  return fmt::format(
      "{} reads of {}, {} writes of {}, {} trims, {} flushes; {:.2f} % later than {:.0f} us, "
      "{:.1f} us late on average, {:.0f} us at worst",
      traffic.reads, base::format_bytes(traffic.read_bytes), traffic.writes,
      base::format_bytes(traffic.written_bytes), traffic.trims, traffic.flushes, share,
      micros(punctuality.tolerance), micros(punctuality.mean_lateness()),
      micros(punctuality.worst_lateness));
}

ProgressLines::ProgressLines(std::chrono::seconds interval, std::function<std::string()> line)
    : line_(std::move(line)),
      thread_([this, interval](const std::stop_token& stop) { run(stop, interval); }) {}

void ProgressLines::run(const std::stop_token& stop, std::chrono::seconds interval) {
  auto before = line_();
  std::unique_lock lock(mutex_);
  while (!ended_.wait_for(lock, stop, interval, [&] { return stop.stop_requested(); })) {
    if (auto line = line_(); line != before) {
      fmt::print(stderr, "gantry-ssd: {}\n", line);
      before = std::move(line);
    }
  }
}

}  // namespace gantry::nbd
