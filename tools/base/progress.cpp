#include "base/progress.hpp"

#include <chrono>
#include <cstdio>
#include <mutex>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/text.hpp"

namespace gantry::base {

namespace {

using Clock = std::chrono::steady_clock;

/// Of the terminal that standard error is.
std::size_t columns() {
  constexpr std::size_t kUsual = 80;
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : kUsual;
}

class SilentProgress : public Progress {
 public:
  void advance(std::uint64_t /*bytes*/) override {}
};

class StderrProgress : public Progress {
 public:
  StderrProgress(std::string label, std::uint64_t total)
      : label_(std::move(label)), total_(total), terminal_(isatty(STDERR_FILENO) == 1) {}

  ~StderrProgress() override {
    if (terminal_ && shown_) {
      fmt::print(stderr, "\r\033[K");
    }
  }

  void advance(std::uint64_t bytes) override {
    const std::lock_guard lock(mutex_);
    done_ += bytes;
    const auto now = Clock::now();
    if (now < next_) {
      return;
    }
    next_ = now + (terminal_ ? std::chrono::milliseconds(100) : std::chrono::seconds(5));
    show(std::chrono::duration<double>(now - start_).count());
  }

 private:
  void show(double seconds) {
    shown_ = true;
    const auto rate =
        format_bytes(static_cast<std::uint64_t>(static_cast<double>(done_) / seconds));
    const auto of_total = total_ == 0
                              ? std::string()
                              : fmt::format(" of {} ({} %)", format_bytes(total_),
                                            std::min<std::uint64_t>(100, done_ * 100 / total_));
    const auto text = fmt::format("{}: {}{}, {}/s", label_, format_bytes(done_), of_total, rate);
    if (!terminal_) {
      fmt::print(stderr, "{}\n", text);
      return;
    }
    constexpr std::uint64_t kWidth = 24;
    const auto filled = total_ == 0 ? 0 : std::min(kWidth, done_ * kWidth / total_);
    auto line = fmt::format("[{:=<{}}{: <{}}] {}", "", filled, "", kWidth - filled, text);
    // A line that goes on below cannot be taken back by a carriage return.
    const auto room = columns() - 1;
    if (line.size() > room) {
      line = text.substr(0, room);
    }
    fmt::print(stderr, "\r\033[K{}", line);
    std::fflush(stderr);
  }

  std::mutex mutex_;  // guards all below
  std::string label_;
  std::uint64_t total_;
  std::uint64_t done_ = 0;
  bool terminal_;
  bool shown_ = false;
  Clock::time_point start_ = Clock::now();
  Clock::time_point next_ = start_ + std::chrono::seconds(1);
};

}  // namespace

std::unique_ptr<Progress> make_progress(std::string label, std::uint64_t total) {
  return std::make_unique<StderrProgress>(std::move(label), total);
}

std::unique_ptr<Progress> make_silent_progress() {
  return std::make_unique<SilentProgress>();
}

}  // namespace gantry::base
