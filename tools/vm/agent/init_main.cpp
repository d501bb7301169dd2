#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <fcntl.h>
#include <grp.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vm/agent/init_account.hpp"
#include "vm/agent/init_boot.hpp"
#include "vm/agent/init_files.hpp"

namespace gantry::vm::init {

namespace {

constexpr std::chrono::seconds kStopTime{10};
constexpr const char* kPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> result;
  for (auto& word : words) {
    result.push_back(word.data());
  }
  result.push_back(nullptr);
  return result;
}

bool has_variable(const std::vector<std::string>& variables, const std::string& name) {
  for (const auto& variable : variables) {
    if (variable.starts_with(name + "=")) {
      return true;
    }
  }
  return false;
}

/// Signals as a program expects them.
void reset_signals() {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

/// /dev/console itself controls no session.
void take_console() {
  setsid();
  std::string active = read_file("/sys/class/tty/console/active").value_or("");
  while (!active.empty() && active.back() == '\n') {
    active.pop_back();
  }
  const auto name = "/dev/" + active.substr(active.rfind(' ') + 1);
  const int console = open(name.c_str(), O_RDWR);
  if (console < 0) {
    return;
  }
  ioctl(console, TIOCSCTTY, 0);
  for (int fd = 0; fd <= 2; ++fd) {
    dup2(console, fd);
  }
  if (console > 2) {
    close(console);
  }
}

[[noreturn]] void run_command(const Settings& settings) {
  reset_signals();
  take_console();
  const auto account = find_account(settings.user, read_file("/etc/passwd").value_or(""),
                                    read_file("/etc/group").value_or(""));
  if (!account) {
    complain("run as '" + settings.user + "', whom /etc/passwd and /etc/group do not know", ENOENT);
    _exit(126);
  }
  auto variables = settings.variables;
  if (!has_variable(variables, "PATH")) {
    variables.emplace_back(kPath);
  }
  if (!has_variable(variables, "HOME")) {
    variables.push_back("HOME=" + account->home);
  }
  if (!has_variable(variables, "TERM")) {
    variables.emplace_back("TERM=vt220");
  }
  const auto directory = settings.directory.empty() ? std::string("/") : settings.directory;
  mkdir(directory.c_str(), 0755);
  if (chdir(directory.c_str()) != 0 ||
      setgroups(account->groups.size(), account->groups.data()) != 0 || setgid(account->gid) != 0 ||
      setuid(account->uid) != 0) {
    complain("be the user '" + settings.user + "' in " + directory, errno);
    _exit(126);
  }
  auto words = settings.command;
  // What execvp looks in.
  for (auto& variable : variables) {
    putenv(variable.data());
  }
  auto environment = pointers(variables);
  execvpe(words.front().c_str(), pointers(words).data(), environment.data());
  const int code = errno;
  complain("run " + words.front(), code);
  _exit(code == ENOENT ? 127 : 126);
}

void start_agent() {
  if (fork() == 0) {
    reset_signals();
    setsid();
    std::vector<std::string> words{"/run/gantry/gantry-guest-agent"};
    putenv(const_cast<char*>(kPath));
    execv(words.front().c_str(), pointers(words).data());
    complain("start the agent", errno);
    _exit(127);
  }
}

void report(const Settings& settings, int status) {
  std::fprintf(stderr, "gantry-guest-init: %s ended by %s %d\n", settings.command.front().c_str(),
               WIFSIGNALED(status) ? "signal" : "exit code",
               WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

/// Ends everything, politely at first.
[[noreturn]] void stop(const Settings& settings, pid_t command, const sigset_t& signals) {
  if (command > 0) {
    kill(command, settings.stop_signal);
  }
  const auto end = std::chrono::steady_clock::now() + kStopTime;
  while (command > 0 && std::chrono::steady_clock::now() < end) {
    const timespec piece{0, 100'000'000};
    sigtimedwait(&signals, nullptr, &piece);
    for (pid_t child = 0; (child = waitpid(-1, nullptr, WNOHANG)) > 0;) {
      command = child == command ? 0 : command;
    }
  }
  kill(-1, SIGKILL);
  power_off();
}

[[noreturn]] void serve(const Settings& settings) {
  sigset_t signals;
  sigfillset(&signals);
  sigprocmask(SIG_SETMASK, &signals, nullptr);
  if (settings.agent) {
    start_agent();
  }
  pid_t command = 0;
  if (!settings.command.empty()) {
    command = fork();
    if (command == 0) {
      run_command(settings);
    }
  }
  for (;;) {
    int status = 0;
    for (pid_t child = 0; (child = waitpid(-1, &status, WNOHANG)) > 0;) {
      if (child == command) {
        report(settings, status);
        stop(settings, 0, signals);
      }
    }
    const int signal = sigwaitinfo(&signals, nullptr);
    // What init systems and container engines take for "power off", and Ctrl-Alt-Del.
    if (signal == SIGTERM || signal == SIGINT || signal == SIGPWR || signal == SIGUSR2) {
      stop(settings, command, signals);
    }
  }
}

int main(char** argv) {
  if (getpid() != 1) {
    std::fputs("gantry-guest-init is the first process of a guest, which `gantry vm disk` makes\n",
               stderr);
    return 2;
  }
  mount_kernel_file_systems();
  const auto settings = parse_settings(read_file(kSettingsFile).value_or(""));
  if (!settings || settings->root.empty()) {
    complain("read " + std::string(kSettingsFile), EINVAL);
    power_off();
  }
  load_modules(settings->modules);
  if (!enter_root(*settings)) {
    power_off();
  }
  if (!settings->hand_over.empty()) {
    argv[0] = const_cast<char*>(settings->hand_over.c_str());
    execv(settings->hand_over.c_str(), argv);
    complain("run " + settings->hand_over, errno);
    power_off();
  }
  mount_temporary_file_systems();
  configure_network(settings->hostname);
  serve(*settings);
}

}  // namespace

}  // namespace gantry::vm::init

// The kernel passes on the words of its command line that it does not know.
int main(int /*argc*/, char** argv) {
  return gantry::vm::init::main(argv);
}
