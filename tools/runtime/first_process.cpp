#include "runtime/first_process.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>

#include <fcntl.h>
#include <fmt/format.h>
#include <net/if.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.hpp"
#include "runtime/privileges.hpp"
#include "runtime/root_mounts.hpp"

namespace gantry::runtime {

namespace fs = std::filesystem;

namespace {

constexpr int kCannotExecute = 126;
constexpr int kNotFound = 127;

/// The descriptors from the first one on, which may lead out of the sandbox, closed at once or by
/// exec.
enum class When : unsigned { kNow = 0, kByExec = 1U << 2 };  // CLOSE_RANGE_CLOEXEC

void close_from(int first, When when) {
  if (syscall(SYS_close_range, first, ~0U, static_cast<unsigned>(when)) == 0) {
    return;
  }
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  for (int fd = first; fd < static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 1 << 20)); ++fd) {
    static_cast<void>(when == When::kNow ? close(fd) : fcntl(fd, F_SETFD, FD_CLOEXEC));
  }
}

/// Ends this process with its parent, also if that has gone already: then nobody reads the report.
void die_with_parent(int report) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  pollfd polled{report, 0, 0};
  if (poll(&polled, 1, 0) > 0 && (polled.revents & (POLLERR | POLLHUP)) != 0) {
    _exit(kCannotExecute);
  }
}

base::Result<void> map_user(const FirstProcess& first) {
  const auto write_line = [](const char* path, const std::string& line) -> base::Result<void> {
    GANTRY_TRY(const auto fd, base::open_file(path, O_WRONLY));
    return base::write_all(fd.get(), std::as_bytes(std::span(line)), path);
  };
  const auto& account = first.program.account;
  GANTRY_CHECK(write_line("/proc/self/setgroups", "deny"));
  GANTRY_CHECK(write_line("/proc/self/uid_map", fmt::format("{} {} 1", account.uid, first.uid)));
  return write_line("/proc/self/gid_map", fmt::format("{} {} 1", account.gid, first.gid));
}

base::Result<void> raise_loopback() {
  const base::Fd socket_fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  std::strncpy(request.ifr_name, "lo", sizeof request.ifr_name - 1);
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  if (!socket_fd || ioctl(socket_fd.get(), SIOCSIFFLAGS, &request) != 0) {
    return base::errno_error("raise", "the loopback interface");
  }
  return {};
}

base::Result<void> enter_sandbox(const FirstProcess& first) {
  if (first.isolation == Isolation::kChroot) {
    // Orphans come to us, as they would come to the first process of a pid namespace.
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    return enter_plain_root(first.root);
  }
  if (first.isolation == Isolation::kUserNamespace) {
    GANTRY_CHECK(map_user(first));
  }
  const auto& name = first.program.hostname;
  if (sethostname(name.data(), name.size()) != 0) {
    return base::errno_error("set", "the host name");
  }
  GANTRY_CHECK(raise_loopback());
  return enter_mounted_root(first.root);
}

/// As execvp does, but says why it failed, and never falls back to a shell.
[[noreturn]] void execute(const Program& program, char** argv, char** environment) {
  const std::string& name = program.arguments.front();
  std::vector<std::string> candidates;
  if (name.find('/') != std::string::npos) {
    candidates.push_back(name);
  } else {
    std::string_view search;
    for (const std::string_view variable : program.environment) {
      if (variable.starts_with("PATH=")) {
        search = variable.substr(5);
      }
    }
    for (const auto directory : base::split(search, ':')) {
      candidates.push_back(fmt::format("{}/{}", directory.empty() ? "." : directory, name));
    }
  }
  int failure = ENOENT;
  std::string met = name;
  for (const auto& candidate : candidates) {
    execve(candidate.c_str(), argv, environment);
    const int refusal = errno;
    if ((refusal != ENOENT && refusal != ENOTDIR) || access(candidate.c_str(), F_OK) == 0) {
      failure = refusal;
      met = candidate;
      break;
    }
  }
  const bool half_there = failure == ENOENT && access(met.c_str(), F_OK) == 0;
  fmt::print(stderr, "gantry: error: cannot run {} in the image: {}\n", base::printable(met),
             std::strerror(failure));
  if (half_there) {
    fmt::print(stderr,
               "hint: the file is there, but the interpreter that it names is not; for a program "
               "with shared libraries use RUNTIME_LIBRARIES or a base that has them\n");
  } else if (failure == ENOEXEC) {
    fmt::print(stderr, "hint: the file is for another architecture, or a script without #!\n");
  }
  _exit(failure == ENOENT && !half_there ? kNotFound : kCannotExecute);
}

base::Result<void> connect_streams(const Capture& capture) {
  if (!capture.out_write) {
    return {};
  }
  const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  std::array<int, 2> empty{};
  if (null < 0 && pipe2(empty.data(), O_CLOEXEC) == 0) {
    close(empty[1]);  // reading from it meets the end at once, as from /dev/null
  }
  if (dup2(null >= 0 ? null : empty[0], STDIN_FILENO) < 0 ||
      dup2(capture.out_write.get(), STDOUT_FILENO) < 0 ||
      dup2(capture.err_write.get(), STDERR_FILENO) < 0) {
    return base::errno_error("connect", "the program's streams");
  }
  return {};
}

base::Result<void> prepare_program(const FirstProcess& first) {
  const auto& program = first.program;
  const bool chrooted = first.isolation == Isolation::kChroot;
  std::error_code failure;
  fs::create_directories(program.directory, failure);
  GANTRY_CHECK(connect_streams(first.capture));
  GANTRY_CHECK(take_account(program.account, chrooted ? Powers::kChroot : Powers::kContainer,
                            first.isolation != Isolation::kUserNamespace));
  // After the change of user, as that decides whether it may be entered.
  if (chdir(program.directory.c_str()) != 0) {
    return base::errno_error("enter", program.directory);
  }
  if (chrooted) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
  }
  return {};
}

[[noreturn]] void fail(int report, const base::Error& error) {
  const auto text = fmt::format("{}\n{}", error.what, error.hint);
  static_cast<void>(!write(report, text.data(), text.size()));
  _exit(kCannotExecute);
}

[[noreturn]] void become_program(const FirstProcess& first) {
  if (auto prepared = prepare_program(first); !prepared) {
    fail(first.report, prepared.error());
  }
  std::vector<char*> argv;
  for (const auto& argument : first.program.arguments) {
    argv.push_back(const_cast<char*>(argument.c_str()));
  }
  argv.push_back(nullptr);
  std::vector<char*> environment;
  for (const auto& variable : first.program.environment) {
    environment.push_back(const_cast<char*>(variable.c_str()));
  }
  environment.push_back(nullptr);
  for (int signal = 1; signal < NSIG; ++signal) {
    std::signal(signal, SIG_DFL);
  }
  pthread_sigmask(SIG_SETMASK, &first.signals.before(), nullptr);
  close_from(STDERR_FILENO + 1, When::kByExec);
  execute(first.program, argv.data(), environment.data());
}

/// Without a pid namespace nobody else does it: kills all that the program left behind. proc is the
/// machine's /proc.
void kill_remains(int proc) {
  const auto path = fmt::format("self/task/{}/children", getpid());
  for (int round = 0; round < 1000; ++round) {
    const base::Fd file(openat(proc, path.c_str(), O_RDONLY | O_CLOEXEC));
    std::array<char, 65536> buffer;
    const auto count = read(file.get(), buffer.data(), buffer.size());
    if (count <= 0) {
      return;
    }
    const std::string_view children(buffer.data(), static_cast<std::size_t>(count));
    for (const auto word : base::split(base::trim(children), ' ')) {
      if (const auto pid = base::parse_unsigned(word)) {
        kill(static_cast<pid_t>(*pid), SIGKILL);
      }
    }
    while (waitpid(-1, nullptr, WNOHANG) > 0) {
    }
    usleep(1000);
  }
}

[[noreturn]] void reap_until_end(pid_t program, const FirstProcess& first, int proc) {
  for (;;) {
    int signal = 0;
    sigwait(&first.signals.held(), &signal);
    if (signal != SIGCHLD) {
      kill(program, signal);
      continue;
    }
    int status = 0;
    for (pid_t ended = 0; (ended = waitpid(-1, &status, WNOHANG)) > 0;) {
      if (ended == program) {
        if (first.isolation == Isolation::kChroot) {
          kill_remains(proc);
        }
        _exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
      }
    }
  }
}

}  // namespace

void live_as_first_process(const FirstProcess& first) {
  die_with_parent(first.report);
  // A session without a terminal: the program cannot type into ours (TIOCSTI).
  setsid();
  const int proc =
      first.isolation == Isolation::kChroot ? open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
  if (auto entered = enter_sandbox(first); !entered) {
    fail(first.report, entered.error());
  }
  const pid_t program = fork();
  if (program < 0) {
    fail(first.report, base::errno_error("start", "a process"));
  }
  if (program == 0) {
    become_program(first);
  }
  // Nothing of the machine is to be had from us: no descriptor, and no look at our memory.
  prctl(PR_SET_DUMPABLE, 0);
  constexpr int kProc = STDERR_FILENO + 1;
  if (proc < 0) {
    close_from(kProc, When::kNow);
  } else {
    dup2(proc, kProc);
    close_from(kProc + 1, When::kNow);
  }
  reap_until_end(program, first, kProc);
}

}  // namespace gantry::runtime
