#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "ssd/device.hpp"
#include "workload/conservation.hpp"
#include "workload/recorder.hpp"
#include "workload/report.hpp"

namespace gantry::workload {

/// How long something goes on: until the first of these is reached; 0: it does not count.
struct Extent {
  ssd::Nanos time{0};
  std::uint64_t commands = 0;
  std::uint64_t bytes = 0;

  bool empty() const { return time == ssd::Nanos{0} && commands == 0 && bytes == 0; }
};

struct RunOptions {
  Extent warm_up{};                       ///< before measuring; empty: none
  Extent measure{};                       ///< empty: until the source has no more commands
  ssd::Nanos window{0};                   ///< of the time series; 0: about a three-hundredth of it
  std::uint64_t most_waiting = 1U << 20;  ///< commands; more is an error
};

/// Looks on while a run is going on, and can end it.
class Watcher {
 public:
  virtual ~Watcher() = default;
  /// False: it is to end now. Called every some ten thousand commands.
  virtual bool go_on(ssd::Nanos now, std::uint64_t commands) = 0;
};

/// Runs the commands of a source on a device. A source has
///   ssd::Nanos next_time() const   when its next command comes, not before the device's now();
///                                  kNever: after a completion, or not at all
///   ssd::Command take()            that command
///   void completed(const ssd::Completion&)
template <class Source>
class Driver {
 public:
  Driver(ssd::Device& device, Source& source, const RunOptions& options, Watcher* watcher)
      : device_(device), source_(source), options_(options), watcher_(watcher) {}

  base::Result<Report> run() {
    const Before before{device_.flash().counters(), take_stock(device_)};
    const auto ignore = [](const ssd::Completion&, const ssd::FlashCounters&) {};
    auto begin = device_.now();
    if (!options_.warm_up.empty()) {
      begin = go(options_.warm_up, Then::kGoOn, ignore);
    }
    Recorder recorder(device_, begin, options_.window);
    const auto end =
        go(options_.measure, Then::kEnd, [&](const auto& completion, const auto& counters) {
          recorder.record(completion, counters);
        });
    auto report = recorder.finish(device_, end);
    stopped_ = true;
    phase({}, ssd::kNever, Then::kEnd, ignore);
    GANTRY_CHECK(check_pace());
    GANTRY_CHECK(check_conservation(device_, before, generated_, serviced_));
    const auto holdings = take_stock(device_);
    report.wear = {holdings.erases, device_.parameters().geometry.blocks(), holdings.least_erases,
                   holdings.most_erases};
    report.generated = generated_;
    report.serviced = serviced_;
    report.interrupted = interrupted_;
    report.mapped_pages = device_.flash().translation().pages().mapped();
    return report;
  }

 private:
  static constexpr std::uint64_t kWatchEvery = 1U << 14;
  static constexpr unsigned kMostWithoutTime = 64;

  /// What becomes of the commands that are outstanding when so many have been asked for: they are
  /// left to what comes next, or they are the last ones.
  enum class Then { kGoOn, kEnd };

  base::Result<void> check_pace() const {
    if (overloaded_) {
      return base::Error{
          "the device is slower than the commands come: more than " +
              std::to_string(options_.most_waiting) + " wait",
          "", "lower the rate of the workload, or let it wait for the device by a queue depth"};
    }
    if (without_time_ >= kMostWithoutTime) {
      return base::Error{
          "the commands take no time, so that simulated time stands still", "",
          "fill the device before it is read, or give it a link or controller that takes time"};
    }
    return {};
  }

  /// Returns when the extent ended.
  template <class Record>
  ssd::Nanos go(const Extent& extent, Then then, const Record& record) {
    const auto begin = begin_;
    const auto stop = extent.time == ssd::Nanos{0} ? ssd::kNever : begin + extent.time;
    const bool to_the_end = phase(extent, stop, then, record);
    begin_ = to_the_end && stop != ssd::kNever ? stop : std::max(begin, last_);
    return begin_;
  }

  /// Commands that are outstanding at the begin of an extent count in it.
  template <class Record>
  bool phase(const Extent& extent, ssd::Nanos stop, Then then, const Record& record) {
    const auto& counters = device_.flash().counters();
    const auto bytes_of_page = device_.parameters().geometry.mapping_bytes;
    const auto most = extent.commands == 0 ? ~std::uint64_t{0} : serviced_ + extent.commands;
    const auto most_bytes = extent.bytes == 0 ? ~std::uint64_t{0} : extent.bytes;
    std::uint64_t bytes = 0;
    for (;;) {
      const bool is_enough =
          (then == Then::kGoOn ? serviced_ : generated_) >= most || bytes >= most_bytes;
      if (is_enough && then == Then::kGoOn) {
        return false;
      }
      const auto due = stopped_ || is_enough ? ssd::kNever : source_.next_time();
      if (due > device_.now()) {
        if (due == ssd::kNever && device_.is_settled()) {
          return false;
        }
        if (const auto* const completion = device_.next(std::min(due, stop))) {
          last_ = completion->time;
          ++serviced_;
          record(*completion, counters);
          source_.completed(*completion);
          if (serviced_ % kWatchEvery == 0 && !watch()) {
            return false;
          }
          continue;
        }
        if (due >= stop) {
          return stop != ssd::kNever;
        }
      }
      const auto command = source_.take();
      bytes += std::uint64_t{command.pages} * bytes_of_page;
      ++generated_;
      device_.submit(command);
      if (device_.outstanding() > options_.most_waiting && !stopped_) {
        overloaded_ = stopped_ = true;
      }
    }
  }

  bool watch() {
    without_time_ = last_ == watched_ ? without_time_ + 1 : 0;
    watched_ = last_;
    stopped_ = stopped_ || without_time_ >= kMostWithoutTime;
    if (stopped_ || watcher_ == nullptr || watcher_->go_on(last_, serviced_)) {
      return true;
    }
    interrupted_ = stopped_ = true;
    return false;
  }

  ssd::Device& device_;
  Source& source_;
  RunOptions options_;
  Watcher* watcher_;
  ssd::Nanos begin_ = device_.now();
  ssd::Nanos last_ = device_.now();  // of the completions
  ssd::Nanos watched_{-1};           // last_, when it was looked at last
  unsigned without_time_ = 0;        // since when it is the same
  std::uint64_t generated_ = 0;
  std::uint64_t serviced_ = 0;
  bool stopped_ = false;  // nothing is generated any more
  bool interrupted_ = false;
  bool overloaded_ = false;
};

/// The report of a run, after which nothing is outstanding; or what was wrong with it.
template <class Source>
base::Result<Report> run(ssd::Device& device, Source& source, const RunOptions& options,
                         Watcher* watcher = nullptr) {
  return Driver<Source>(device, source, options, watcher).run();
}

}  // namespace gantry::workload
