#include "cli/run_progress.hpp"

#include <algorithm>
#include <cstdio>
#include <string>

#include <fmt/format.h>
#include <unistd.h>

#include "base/interrupt.hpp"

namespace gantry::cli {

RunProgress::RunProgress(const workload::RunOptions& options, ssd::Nanos start)
    : whole_{options.warm_up.time + options.measure.time,
             options.warm_up.commands + options.measure.commands, 0},
      start_(start),
      is_terminal_(isatty(STDERR_FILENO) == 1) {}

RunProgress::~RunProgress() {
  if (is_terminal_ && shown_) {
    fmt::print(stderr, "\r\033[K");
  }
}

bool RunProgress::go_on(ssd::Nanos now, std::uint64_t commands) {
  const auto time = Clock::now();
  if (time >= next_) {
    show(now, commands, time);
    next_ = time + (is_terminal_ ? std::chrono::milliseconds(200) : std::chrono::seconds(5));
  }
  return !base::interrupted();
}

void RunProgress::show(ssd::Nanos now, std::uint64_t commands, Clock::time_point time) {
  const auto part = [](auto done, auto all) {
    return all == decltype(all){} ? 0.0 : static_cast<double>(done) / static_cast<double>(all);
  };
  const auto done =
      std::max(part((now - start_).count(), whole_.time.count()), part(commands, whole_.commands));
  const auto seconds = std::chrono::duration<double>(time - begin_).count();
  auto text = fmt::format("simulated {:.3f} s, {} commands, {:.2f} M/s",
                          static_cast<double>(now.count()) / 1e9, commands,
                          static_cast<double>(commands) / seconds / 1e6);
  if (done > 0 && done <= 1) {
    text =
        fmt::format("{:3.0f} %, {}, {:.0f} s left", done * 100, text, seconds * (1 - done) / done);
  }
  fmt::print(stderr, "{}{}{}", is_terminal_ ? "\r\033[K" : "", text, is_terminal_ ? "" : "\n");
  std::fflush(stderr);
  shown_ = true;
}

bool Interruption::go_on(ssd::Nanos /*now*/, std::uint64_t /*commands*/) {
  return !base::interrupted();
}

}  // namespace gantry::cli
