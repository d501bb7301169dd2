#include "vm/accelerator_trial.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>

#include "base/file.hpp"
#include "base/interrupt.hpp"
#include "base/text.hpp"
#include "vm/heard_process.hpp"

namespace gantry::vm {

using base::Error;
using base::Fd;
using base::Result;
using Clock = std::chrono::steady_clock;

namespace {

// What probe_kernel_<architecture>.S says and does.
constexpr std::string_view kGuestLine = "gantry-probe: ";
constexpr std::size_t kRounds = 10;

/// How QEMU has to end when the guest leaves as it should.
std::string_view expected_end(std::string_view architecture) {
  return architecture == "x86_64" ? "exit code 33" : "exit code 0";
}

std::string seconds(std::chrono::milliseconds time) {
  return fmt::format("{:.3g} s", static_cast<double>(time.count()) / 1000);
}

std::vector<std::string> command_line(const TrialGuest& guest, const Accelerator& accelerator,
                                      int kernel) {
  const bool x86 = guest.architecture == "x86_64";
  std::vector<std::string> words = {guest.qemu, "-nodefaults", "-no-user-config", "-no-reboot"};
  const auto add = [&words](std::string_view option, std::string value) {
    words.emplace_back(option);
    words.push_back(std::move(value));
  };
  add("-machine", guest.machine);
  add("-accel", accelerator.name);
  // A model that lacks some of its features here would be another CPU than elsewhere.
  add("-cpu", x86 ? accelerator.cpu + ",enforce" : accelerator.cpu);
  add("-m", "32");
  add("-display", "none");
  add("-serial", "stdio");
  add("-kernel", fmt::format("/proc/self/fd/{}", kernel));
  if (x86) {
    add("-device", "isa-debug-exit,iobase=0xf4,iosize=4");
  }
  return words;
}

/// A guest that runs, and what is known of it.
class RunningTrial {
 public:
  RunningTrial(HeardProcess process, std::string_view architecture)
      : process_(std::move(process)), architecture_(architecture) {}

  int output_fd() const { return process_.output_fd(); }
  int ended_fd() const { return process_.ended_fd(); }

  /// Takes what it has said since. Its verdict, if that has settled it.
  std::optional<Trial> hear(Clock::time_point now, std::chrono::milliseconds since_start,
                            bool ended) {
    const bool bounded = process_.listen();
    note_lines(now, ended);
    if (!bounded) {
      process_.end();
      return unusable(fmt::format("QEMU said more than {} bytes", HeardProcess::kMost));
    }
    if (!ended) {
      return std::nullopt;
    }
    return verdict(process_.end(), since_start);
  }

  Trial give_up(std::chrono::milliseconds waited) {
    process_.end();
    const std::string where =
        marks_.empty()    ? "it had not begun"
        : wrong_ || done_ ? "it had said its last word"
                          : fmt::format("it had done {} rounds of {}", marks_.size() - 1, kRounds);
    return unusable(fmt::format("the guest did not finish within {}: {}", seconds(waited), where));
  }

 private:
  static Trial unusable(std::string reason) {
    return {{}, Trial::Verdict::kUnusable, std::move(reason), {}, {}};
  }

  /// Of what has not been looked at, all whole lines, and at last also the rest.
  void note_lines(Clock::time_point now, bool ended) {
    const std::string_view said = process_.said();
    while (heard_ < said.size()) {
      const auto end = std::min(said.find('\n', heard_), said.size());
      if (end == said.size() && !ended) {
        return;
      }
      const auto line = base::trim(said.substr(heard_, end - heard_));
      heard_ = end + 1;
      if (!line.starts_with(kGuestLine)) {
        if (!line.empty()) {
          last_words_ = line.substr(0, 300);
        }
        continue;
      }
      const auto word = line.substr(kGuestLine.size());
      if ((word == "begun" && marks_.empty()) || (word == "round" && !marks_.empty())) {
        marks_.push_back(now);
      }
      done_ = done_ || word == "done";
      wrong_ = wrong_ || word == "wrong";
    }
  }

  Trial verdict(const std::string& end, std::chrono::milliseconds since_start) const {
    if (wrong_) {
      return unusable("the guest has miscounted");
    }
    const bool finished = done_ && marks_.size() == kRounds + 1;
    if (end != expected_end(architecture_)) {
      return unusable(fmt::format(
          "{} by {}{}{}", finished ? "the guest finished, but QEMU ended" : "QEMU ended", end,
          last_words_.empty() ? "" : ": ", base::printable(last_words_)));
    }
    if (!finished) {
      return unusable("QEMU ended as if the guest had finished, which did not say so");
    }
    const auto loop = std::chrono::duration_cast<std::chrono::microseconds>(loop_time());
    return {{},
            Trial::Verdict::kUsable,
            fmt::format("the guest finished in {}", seconds(since_start)),
            {},
            std::max(loop, std::chrono::microseconds(1))};
  }

  /// By the third quickest round: one that nothing else on the machine has held up, and not one
  /// that seems quick because its end was heard together with that of the round before.
  Clock::duration loop_time() const {
    std::vector<Clock::duration> rounds;
    for (std::size_t at = 1; at < marks_.size(); ++at) {
      rounds.push_back(marks_[at] - marks_[at - 1]);
    }
    std::sort(rounds.begin(), rounds.end());
    return rounds[2] * kRounds;
  }

  HeardProcess process_;
  std::string architecture_;
  std::size_t heard_ = 0;                 ///< bytes that note_lines is through with
  std::vector<Clock::time_point> marks_;  ///< when it had begun, then the end of each round
  std::string last_words_;                ///< of QEMU
  bool done_ = false;
  bool wrong_ = false;
};

Result<Fd> kernel_file(std::span<const std::byte> bytes) {
  Fd kernel(memfd_create("gantry-probe-kernel", MFD_CLOEXEC));
  if (!kernel) {
    return base::errno_error("make", "a file in memory");
  }
  GANTRY_CHECK(base::write_all(kernel.get(), bytes, "a file in memory"));
  return kernel;
}

/// All guests, and what became of them.
class Trials {
 public:
  explicit Trials(const TrialGuest& guest) : guest_(guest), start_(Clock::now()) {}

  void start(const Accelerator& accelerator, int kernel) {
    auto& trial = outcome_.trials.emplace_back();
    trial.accelerator = accelerator.name;
    trial.cpu = accelerator.cpu;
    auto process = HeardProcess::start(command_line(guest_, accelerator, kernel), {kernel});
    if (process) {
      running_.emplace_back(RunningTrial(*std::move(process), guest_.architecture));
    } else {
      running_.emplace_back();
      settle(running_.size() - 1,
             {{}, Trial::Verdict::kUnusable, process.error().what, process.error().hint, {}});
    }
  }

  Result<TrialOutcome> finish() {
    while (std::any_of(running_.begin(), running_.end(), [](const auto& one) { return !!one; })) {
      const auto waited = elapsed();
      const auto until = usable_ ? guest_.limit : guest_.limit + guest_.patience;
      if (waited >= until) {
        give_up(until);
        break;
      }
      hear(until - waited);
      if (base::interrupted()) {
        return Error{"stopped while probing the accelerators", "", ""};
      }
    }
    return std::move(outcome_);
  }

 private:
  std::chrono::milliseconds elapsed() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start_);
  }

  void settle(std::size_t at, Trial trial) {
    trial.accelerator = outcome_.trials[at].accelerator;
    trial.cpu = outcome_.trials[at].cpu;
    if (trial.verdict == Trial::Verdict::kUsable) {
      usable_ = true;
      outcome_.in_time = outcome_.in_time || elapsed() <= guest_.limit;
    }
    outcome_.trials[at] = std::move(trial);
    running_[at].reset();
  }

  void hear(std::chrono::milliseconds most) {
    std::vector<pollfd> polled;
    for (const auto& one : running_) {
      polled.push_back({one ? one->output_fd() : -1, POLLIN, 0});
      polled.push_back({one ? one->ended_fd() : -1, POLLIN, 0});
    }
    // A signal that comes just before the wait does not end it.
    most = std::min(most, std::chrono::milliseconds(250));
    if (poll(polled.data(), polled.size(), static_cast<int>(most.count())) <= 0) {
      return;
    }
    const auto now = Clock::now();
    for (std::size_t at = 0; at < running_.size(); ++at) {
      const bool ended = polled[2 * at + 1].revents != 0;
      if (ended || polled[2 * at].revents != 0) {
        if (auto verdict = running_[at]->hear(now, elapsed(), ended)) {
          settle(at, *std::move(verdict));
        }
      }
    }
  }

  void give_up(std::chrono::milliseconds waited) {
    for (std::size_t at = 0; at < running_.size(); ++at) {
      if (running_[at]) {
        settle(at, running_[at]->give_up(waited));
      }
    }
  }

  const TrialGuest& guest_;
  Clock::time_point start_;
  std::vector<std::optional<RunningTrial>> running_;  ///< by the index of outcome_.trials
  TrialOutcome outcome_;
  bool usable_ = false;
};

}  // namespace

Result<TrialOutcome> run_trials(const TrialGuest& guest,
                                const std::vector<Accelerator>& accelerators) {
  GANTRY_TRY(const auto kernel, kernel_file(guest.kernel));
  Trials trials(guest);
  for (const auto& accelerator : accelerators) {
    trials.start(accelerator, kernel.get());
  }
  return trials.finish();
}

}  // namespace gantry::vm
