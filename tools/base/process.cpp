#include "base/process.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <mutex>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.hpp"
#include "base/text.hpp"

namespace gantry::base {

namespace fs = std::filesystem;

namespace {

struct Pipe {
  Fd read_end;
  Fd write_end;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    return errno_error("make", "a pipe");
  }
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

std::vector<std::string> merged_environment(const std::map<std::string, std::string>& changes) {
  std::vector<std::string> merged;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    if (!changes.contains(std::string(text.substr(0, text.find('='))))) {
      merged.emplace_back(text);
    }
  }
  for (const auto& [name, value] : changes) {
    merged.push_back(name + "=" + value);
  }
  return merged;
}

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (const auto& text : strings) {
    result.push_back(const_cast<char*>(text.c_str()));
  }
  result.push_back(nullptr);
  return result;
}

/// posix_spawn knows no umask: ours is another one for the moment of the spawn.
class SpawnUmask {
 public:
  explicit SpawnUmask(std::optional<unsigned> mask) : changed_(mask.has_value()) {
    if (changed_) {
      guard().lock();
      before_ = umask(*mask);
    }
  }
  SpawnUmask(const SpawnUmask&) = delete;
  SpawnUmask& operator=(const SpawnUmask&) = delete;
  ~SpawnUmask() {
    if (changed_) {
      umask(before_);
      guard().unlock();
    }
  }

 private:
  static std::mutex& guard() {
    static std::mutex mutex;  // one change of the process's umask at a time
    return mutex;
  }

  bool changed_;
  mode_t before_ = 0;
};

using Clock = std::chrono::steady_clock;
using Deadline = std::optional<Clock::time_point>;

/// For poll: -1 without a deadline.
int milliseconds_to(const Deadline& deadline) {
  if (!deadline) {
    return -1;
  }
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - Clock::now()).count();
  return static_cast<int>(std::clamp<decltype(left)>(left, 0, 3'600'000));
}

/// While one exists, a write to a program that reads no more is an error, and not our end.
class HeldPipeSignal {
 public:
  HeldPipeSignal() {
    sigemptyset(&signal_);
    sigaddset(&signal_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &signal_, &before_);
  }
  HeldPipeSignal(const HeldPipeSignal&) = delete;
  HeldPipeSignal& operator=(const HeldPipeSignal&) = delete;
  ~HeldPipeSignal() {
    const timespec now{0, 0};
    sigtimedwait(&signal_, nullptr, &now);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t signal_{};
  sigset_t before_{};
};

/// Feeds input and drains both outputs until every pipe is closed. False: the deadline came first.
bool exchange(Fd& in, std::string_view input, Fd& out, Fd& err, const Deadline& deadline,
              Finished& finished) {
  const HeldPipeSignal held;
  std::array<char, 65536> buffer;
  const auto drain = [&](Fd& fd, std::string& text) {
    const auto count = read(fd.get(), buffer.data(), buffer.size());
    if (count > 0) {
      text.append(buffer.data(), static_cast<std::size_t>(count));
    } else if (count == 0 || errno != EINTR) {
      fd = Fd();
    }
  };
  while (in || out || err) {
    std::array<pollfd, 3> polled = {
        {{in.get(), POLLOUT, 0}, {out.get(), POLLIN, 0}, {err.get(), POLLIN, 0}}};
    const int ready = poll(polled.data(), polled.size(), milliseconds_to(deadline));
    if (ready == 0 && Clock::now() >= *deadline) {
      return false;
    }
    if (ready <= 0) {
      continue;
    }
    if (polled[0].revents != 0) {
      const auto written = write(in.get(), input.data(), input.size());
      if (written > 0) {
        input.remove_prefix(static_cast<std::size_t>(written));
      }
      if (input.empty() || (written < 0 && errno != EINTR && errno != EAGAIN)) {
        in = Fd();
      }
    }
    if (polled[1].revents != 0) {
      drain(out, finished.out);
    }
    if (polled[2].revents != 0) {
      drain(err, finished.err);
    }
  }
  return true;
}

/// The status of waitpid; nothing if the deadline came first.
std::optional<int> wait_for(pid_t child, const Deadline& deadline) {
  int status = 0;
  for (;;) {
    const auto ended = waitpid(child, &status, deadline ? WNOHANG : 0);
    if (ended == child) {
      return status;
    }
    if (ended < 0 && errno != EINTR) {
      return 0;  // somebody else has waited for it
    }
    if (deadline && ended == 0) {
      if (Clock::now() >= *deadline) {
        return std::nullopt;
      }
      constexpr int kPause = 5;
      poll(nullptr, 0, std::min(kPause, milliseconds_to(deadline)));
    }
  }
}

Result<pid_t> spawn(const Command& command, const Pipe& in, const Pipe& out, const Pipe& err) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  if (command.input.empty()) {
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  } else {
    posix_spawn_file_actions_adddup2(&actions, in.read_end.get(), 0);
  }
  if (command.output == Command::Output::kCapture) {
    posix_spawn_file_actions_adddup2(&actions, out.write_end.get(), 1);
    posix_spawn_file_actions_adddup2(&actions, err.write_end.get(), 2);
  }
  if (!command.directory.empty()) {
    posix_spawn_file_actions_addchdir_np(&actions, command.directory.c_str());
  }
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);

  const auto environment = merged_environment(command.environment);
  pid_t child = 0;
  const int failure = [&] {
    const SpawnUmask umask_for_child(command.umask);
    return posix_spawnp(&child, command.arguments.front().c_str(), &actions, &attributes,
                        pointers(command.arguments).data(), pointers(environment).data());
  }();
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (failure != 0) {
    return Error{
        fmt::format("cannot run {}: {}", command.arguments.front(), std::strerror(failure)), "",
        ""};
  }
  return child;
}

}  // namespace

Result<Finished> run(const Command& command) {
  GANTRY_TRY(auto in, make_pipe());
  GANTRY_TRY(auto out, make_pipe());
  GANTRY_TRY(auto err, make_pipe());
  GANTRY_TRY(const auto child, spawn(command, in, out, err));
  in.read_end = Fd();
  out.write_end = Fd();
  err.write_end = Fd();
  if (command.input.empty()) {
    in.write_end = Fd();
  } else {
    fcntl(in.write_end.get(), F_SETFL, O_NONBLOCK);
  }
  const auto deadline =
      command.timeout.count() == 0 ? Deadline() : Deadline(Clock::now() + command.timeout);
  Finished finished;
  const bool drained =
      (command.output == Command::Output::kInherit && !in.write_end) ||
      exchange(in.write_end, command.input, out.read_end, err.read_end, deadline, finished);
  const auto status = drained ? wait_for(child, deadline) : std::nullopt;
  if (!status) {
    kill(child, SIGKILL);
    wait_for(child, {});
    return Error{fmt::format("{} did not finish within {} ms", command.arguments.front(),
                             command.timeout.count()),
                 "", ""};
  }
  finished.exit_code = WIFSIGNALED(*status) ? 128 + WTERMSIG(*status) : WEXITSTATUS(*status);
  return finished;
}

Result<Finished> run_checked(const Command& command) {
  GANTRY_TRY(auto finished, run(command));
  if (finished.exit_code == 0) {
    return finished;
  }
  constexpr std::size_t kQuoted = 4096;
  std::string_view said = trim(finished.err.empty() ? finished.out : finished.err);
  if (said.size() > kQuoted) {
    said.remove_prefix(said.size() - kQuoted);
  }
  return Error{fmt::format("{} failed with exit code {}{}{}", shell_quoted(command.arguments),
                           finished.exit_code, said.empty() ? "" : ":\n", said),
               "", ""};
}

std::optional<fs::path> find_program(std::string_view name) {
  const char* const search = std::getenv("PATH");
  for (const auto directory : split(search != nullptr ? search : "/usr/bin:/bin", ':')) {
    auto candidate = fs::path(directory.empty() ? "." : directory) / name;
    if (access(candidate.c_str(), X_OK) == 0 && !fs::is_directory(candidate)) {
      return candidate;
    }
  }
  return std::nullopt;
}

std::string shell_quoted(const std::vector<std::string>& arguments) {
  std::string text;
  for (const auto& argument : arguments) {
    constexpr std::string_view kPlain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%";
    text += text.empty() ? "" : " ";
    if (!argument.empty() && argument.find_first_not_of(kPlain) == std::string::npos) {
      text += argument;
      continue;
    }
    text += '\'';
    for (const char c : argument) {
      text += c == '\'' ? std::string("'\\''") : std::string(1, c);
    }
    text += '\'';
  }
  return text;
}

}  // namespace gantry::base
