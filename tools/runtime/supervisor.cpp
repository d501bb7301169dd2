#include "runtime/supervisor.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.hpp"

namespace gantry::runtime {

namespace {

using Clock = std::chrono::steady_clock;

/// A program that writes for ever must not fill our memory: what is beyond this is thrown away.
constexpr std::size_t kCaptureLimit = std::size_t{16} << 20;

constexpr int kPatience = 3;  // interrupts until the child is killed

/// Reads what there is; closes fd at its end.
void drain(base::Fd& fd, std::string& text) {
  std::array<char, 65536> buffer;
  for (;;) {
    const auto count = read(fd.get(), buffer.data(), buffer.size());
    if (count > 0) {
      const auto room = kCaptureLimit - std::min(kCaptureLimit, text.size());
      text.append(buffer.data(), std::min(room, static_cast<std::size_t>(count)));
    } else if (count == 0 || (errno != EINTR && errno != EAGAIN)) {
      fd = base::Fd();
      return;
    } else if (errno == EAGAIN) {
      return;
    }
  }
}

std::optional<int> exit_code_of(pid_t child) {
  int status = 0;
  if (waitpid(child, &status, WNOHANG) != child) {
    return std::nullopt;
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int milliseconds_until(Clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 3'600'000));
}

/// Passes on all signals that wait in the signal descriptor.
void pass_on_all(int signals, pid_t child, int& interrupts, int& last, const PassOn& pass_on) {
  signalfd_siginfo info{};
  while (read(signals, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    const auto signal = static_cast<int>(info.ssi_signo);
    if (signal == SIGCHLD) {
      continue;
    }
    last = signal;
    interrupts += signal == SIGINT || signal == SIGTERM ? 1 : 0;
    if (interrupts >= kPatience) {
      kill(child, SIGKILL);
    } else {
      pass_on(signal);
    }
  }
}

}  // namespace

HeldSignals::HeldSignals() {
  sigemptyset(&held_);
  for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGCHLD}) {
    sigaddset(&held_, signal);
  }
  pthread_sigmask(SIG_BLOCK, &held_, &before_);
}

HeldSignals::~HeldSignals() {
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

base::Result<Capture> Capture::make(Streams streams) {
  Capture capture;
  if (streams == Streams::kInherit) {
    return capture;
  }
  std::array<int, 2> out{};
  std::array<int, 2> err{};
  if (pipe2(out.data(), O_CLOEXEC) != 0) {
    return base::errno_error("make", "a pipe");
  }
  capture.out_read = base::Fd(out[0]);
  capture.out_write = base::Fd(out[1]);
  if (pipe2(err.data(), O_CLOEXEC) != 0) {
    return base::errno_error("make", "a pipe");
  }
  capture.err_read = base::Fd(err[0]);
  capture.err_write = base::Fd(err[1]);
  fcntl(out[0], F_SETFL, O_NONBLOCK);
  fcntl(err[0], F_SETFL, O_NONBLOCK);
  return capture;
}

Outcome supervise(pid_t child, const HeldSignals& signals, Capture capture,
                  std::chrono::milliseconds timeout, const PassOn& pass_on) {
  capture.out_write = base::Fd();
  capture.err_write = base::Fd();
  const base::Fd signal_fd(signalfd(-1, &signals.held(), SFD_CLOEXEC | SFD_NONBLOCK));
  const auto deadline = Clock::now() + timeout;
  Outcome outcome;
  int interrupts = 0;
  for (;;) {
    const bool bounded = timeout.count() > 0 && !outcome.timed_out;
    std::array<pollfd, 3> polled = {{{signal_fd.get(), POLLIN, 0},
                                     {capture.out_read.get(), POLLIN, 0},
                                     {capture.err_read.get(), POLLIN, 0}}};
    poll(polled.data(), polled.size(), bounded ? milliseconds_until(deadline) : -1);
    if (bounded && Clock::now() >= deadline) {
      outcome.timed_out = true;
      kill(child, SIGKILL);
    }
    pass_on_all(signal_fd.get(), child, interrupts, outcome.signal, pass_on);
    // Asked before reading: what a child wrote before it ended is in the pipe by then.
    const auto code = exit_code_of(child);
    if (capture.out_read) {
      drain(capture.out_read, outcome.out);
    }
    if (capture.err_read) {
      drain(capture.err_read, outcome.err);
    }
    if (code) {
      outcome.exit_code = *code;
      return outcome;
    }
  }
}

base::Result<Outcome> run_supervised(const std::vector<std::string>& arguments,
                                     const Supervision& supervision, const PassOn& pass_on,
                                     base::Fd input) {
  GANTRY_TRY(auto capture, Capture::make(supervision.streams));
  const HeldSignals signals;

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  if (supervision.streams == Streams::kCapture) {
    if (input) {
      posix_spawn_file_actions_adddup2(&actions, input.get(), 0);
    } else {
      posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    }
    posix_spawn_file_actions_adddup2(&actions, capture.out_write.get(), 1);
    posix_spawn_file_actions_adddup2(&actions, capture.err_write.get(), 2);
  }
  if (!supervision.directory.empty()) {
    posix_spawn_file_actions_addchdir_np(&actions, supervision.directory.c_str());
  }
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setsigmask(&attributes, &signals.before());
  // In our session a Ctrl-C would reach it twice: from the terminal and from us.
  posix_spawnattr_setflags(&attributes,
                           static_cast<short>(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID));
  std::vector<char*> argv;
  for (const auto& argument : arguments) {
    argv.push_back(const_cast<char*>(argument.c_str()));
  }
  argv.push_back(nullptr);
  pid_t child = 0;
  const int failure = posix_spawnp(&child, argv[0], &actions, &attributes, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  input = base::Fd();
  if (failure != 0) {
    return base::Error{fmt::format("cannot run {}: {}", arguments.front(), std::strerror(failure)),
                       "", ""};
  }
  const PassOn to_child = [child](int signal) { kill(child, signal); };
  return supervise(child, signals, std::move(capture), supervision.timeout,
                   pass_on ? pass_on : to_child);
}

base::Result<FedOutcome> run_fed(const std::vector<std::string>& arguments, const Feed& feed) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    return base::errno_error("make", "a pipe");
  }
  base::Fd read_end(ends[0]);
  base::Fd write_end(ends[1]);
  base::Result<void> fed;
  std::jthread writer;
  {
    const HeldSignals held;  // in the writer for good: signals are for run_supervised
    writer = std::jthread([&] {
      sigset_t broken_pipe;
      sigemptyset(&broken_pipe);
      sigaddset(&broken_pipe, SIGPIPE);
      pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
      fed = feed(write_end.get());
      write_end = base::Fd();
    });
  }
  auto outcome = run_supervised(arguments, {.streams = Streams::kCapture}, {}, std::move(read_end));
  writer.join();
  GANTRY_CHECK(outcome);
  return FedOutcome{*std::move(outcome), std::move(fed)};
}

}  // namespace gantry::runtime
