#include "vm/process.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/interrupt.hpp"
#include "base/process.hpp"
#include "base/text.hpp"

namespace gantry::vm {

namespace fs = std::filesystem;
using base::Fd;
using base::Result;

namespace {

constexpr std::size_t kQuotedLog = 2000;  // bytes of the end of a log in a message
constexpr int kSignalTime = 200;          // milliseconds until a signal is noticed at the latest

/// In the child, which has the memory of its parent until exec: nothing but system calls.
[[noreturn]] void become(char* const* arguments, char* const* environment, int input, int log,
                         const std::vector<int>& inherited, int failure, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) {
    _exit(127);  // it died before we asked
  }
  // Ctrl-C is for us, who end the guest in order.
  setpgid(0, 0);
  const int nothing = open("/dev/null", O_RDONLY);
  dup2(input < 0 ? nothing : input, STDIN_FILENO);
  if (log >= 0) {
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
  }
  for (const int fd : inherited) {
    fcntl(fd, F_SETFD, 0);
  }
  std::array<struct sigaction, 1> action{};
  action[0].sa_handler = SIG_DFL;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) {
    sigaction(signal, action.data(), nullptr);
  }
  execve(arguments[0], arguments, environment);
  const int code = errno;
  static_cast<void>(!write(failure, &code, sizeof code));
  _exit(127);
}

/// A fork would copy page tables first, which takes milliseconds. Where it is a fork (sanitizers,
/// emulators), the child has another memory: what it says goes through a pipe.
[[gnu::noinline]] pid_t start_child(char* const* arguments, char* const* environment, int input,
                                    int log, const std::vector<int>& inherited, int failure) {
  const pid_t self = getpid();
  const pid_t pid = vfork();
  if (pid == 0) {
    become(arguments, environment, input, log, inherited, failure, self);
  }
  return pid;
}

/// For exec; they last as long as the words.
std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  std::transform(words.begin(), words.end(), std::back_inserter(pointers),
                 [](std::string& word) { return word.data(); });
  pointers.push_back(nullptr);
  return pointers;
}

std::string describe(const siginfo_t& info) {
  if (info.si_code == CLD_EXITED) {
    return fmt::format("exit code {}", info.si_status);
  }
  return fmt::format("signal {} ({})", info.si_status, strsignal(info.si_status));
}

int milliseconds_until(Deadline deadline) {
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 1 << 30));
}

}  // namespace

Result<Process> Process::start(const Start& start) {
  const auto program = base::find_program(start.arguments.front());
  if (!program) {
    return base::Error{fmt::format("{} is not installed", start.arguments.front()), "",
                       start.arguments.front().starts_with("qemu")
                           ? "on Debian: apt-get install qemu-system-x86 qemu-utils"
                           : ""};
  }
  std::vector<std::string> words = start.arguments;
  words.front() = program->native();
  const auto arguments = pointers_to(words);
  auto variables = start.environment;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view ours = *variable;
    const auto name = ours.substr(0, ours.find('=') + 1);
    if (std::none_of(start.environment.begin(), start.environment.end(),
                     [name](const std::string& added) { return added.starts_with(name); })) {
      variables.emplace_back(ours);
    }
  }
  const auto environment = pointers_to(variables);
  Fd log;
  int output = start.output;
  if (output < 0 && !start.shares_output) {
    GANTRY_TRY(log, base::open_file(start.log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC));
    output = log.get();
  }
  std::array<int, 2> failure{};
  if (pipe2(failure.data(), O_CLOEXEC) != 0) {
    return base::errno_error("make a pipe for", words.front());
  }
  const Fd reader(failure[0]);
  Fd writer(failure[1]);
  const pid_t pid = start_child(arguments.data(), environment.data(), start.input, output,
                                start.inherited, writer.get());
  if (pid < 0) {
    return base::errno_error("start", words.front());
  }
  writer = Fd();
  int code = 0;
  if (read(reader.get(), &code, sizeof code) == sizeof code) {
    waitpid(pid, nullptr, 0);
    errno = code;
    return base::errno_error("start", words.front());
  }
  auto process = adopt(pid, start.log);
  if (!process) {
    ::kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
  }
  return process;
}

Result<Process> Process::adopt(pid_t pid, fs::path log) {
  Fd pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!pidfd) {
    return base::errno_error("watch the process", std::to_string(pid));
  }
  return Process(pid, std::move(pidfd), std::move(log));
}

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      pidfd_(std::move(other.pidfd_)),
      log_(std::move(other.log_)),
      ended_(other.ended_),
      exit_code_(other.exit_code_),
      end_(std::move(other.end_)) {}

Process& Process::operator=(Process&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(pidfd_, other.pidfd_);
  std::swap(log_, other.log_);
  std::swap(ended_, other.ended_);
  std::swap(exit_code_, other.exit_code_);
  std::swap(end_, other.end_);
  return *this;
}

Process::~Process() {
  if (pid_ > 0) {
    kill();
  }
}

Result<bool> Process::ready(int fd, short events, Deadline time, std::string_view doing) {
  for (;;) {
    std::array<pollfd, 2> polled{{{fd, events, 0}, {pidfd_.get(), POLLIN, 0}}};
    // A signal may be another thread's, which does not end this wait.
    const int count =
        poll(polled.data(), polled.size(), std::min(milliseconds_until(time), kSignalTime));
    if (base::interrupted()) {
      return base::Error{fmt::format("stopped while {}", doing), "", ""};
    }
    if (count < 0 && errno != EINTR) {
      return base::errno_error("wait for", fmt::format("process {}", pid_));
    }
    if (count > 0 && polled[0].revents != 0) {
      return true;  // what it has still said comes first
    }
    if (count > 0 && polled[1].revents != 0) {
      return obituary(doing);
    }
    if (count == 0 && std::chrono::steady_clock::now() >= time) {
      return false;
    }
  }
}

Result<void> Process::wait_for(int fd, short events, Deadline deadline, std::string_view doing) {
  GANTRY_TRY(const bool there, ready(fd, events, deadline, doing));
  return there ? Result<void>()
               : base::Error{fmt::format("the time is over while {}", doing), "", ""};
}

Result<void> Process::rest(Deadline time, std::string_view doing) {
  GANTRY_CHECK(ready(-1, 0, time, doing));
  return {};
}

bool Process::wait_for_end(Deadline deadline) {
  pollfd polled{pidfd_.get(), POLLIN, 0};
  while (poll(&polled, 1, milliseconds_until(deadline)) < 0 && errno == EINTR) {
  }
  if (polled.revents == 0) {
    return false;
  }
  reap();
  return true;
}

void Process::reap() {
  const std::lock_guard lock(*burial_);
  siginfo_t info{};
  if (!ended_ && waitid(P_PIDFD, static_cast<id_t>(pidfd_.get()), &info, WEXITED | WNOHANG) == 0 &&
      info.si_pid != 0) {
    end_ = describe(info);
    exit_code_ = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
  }
  ended_ = true;
}

base::Error Process::obituary(std::string_view doing) {
  reap();
  std::string log;
  if (auto text = base::read_file(log_); text) {
    log = *text;
  }
  if (log.size() > kQuotedLog) {
    log.erase(0, log.size() - kQuotedLog);
  }
  std::string hint;
  if (end_.starts_with("signal 7 ")) {
    hint =
        "there was no room for the memory of the guest: free some in /dev/shm, or "
        "where the store of checkpoints is, which has it if /dev/shm is too small";
  }
  return {fmt::format("the virtual machine ended{}{} while {}{}{}", end_.empty() ? "" : " by ",
                      end_, doing, log.empty() ? "" : "; its last words:\n", base::trim(log)),
          log_.native(), hint};
}

void Process::signal_group(int signal) const {
  if (!ended_) {
    ::kill(-pid_, signal);
  }
}

void Process::kill() {
  syscall(SYS_pidfd_send_signal, pidfd_.get(), SIGKILL, nullptr, 0);
  wait_for_end(after(std::chrono::seconds(10)));
  pid_ = -1;
}

pid_t Process::release() {
  return std::exchange(pid_, -1);
}

void adopt_orphans() {
  prctl(PR_SET_CHILD_SUBREAPER, 1);
}

}  // namespace gantry::vm
