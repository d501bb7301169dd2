#include "fio/tool/process.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/interrupt.hpp"

namespace gantry::fio {

namespace {

/// Of these the calling thread is told by waiting for them, as long as one exists.
class HeldSignals {
 public:
  HeldSignals() {
    sigemptyset(&signals_);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGCHLD}) {
      sigaddset(&signals_, signal);
    }
    std::signal(SIGCHLD,
                SIG_DFL);  // one that is ignored, as it may be by who has started us, never comes
    pthread_sigmask(SIG_BLOCK, &signals_, &before_);
  }
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;
  ~HeldSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

  siginfo_t next() const {
    siginfo_t info{};
    while (sigwaitinfo(&signals_, &info) < 0 && errno == EINTR) {
    }
    return info;
  }
  const sigset_t& before() const { return before_; }

 private:
  sigset_t signals_{};
  sigset_t before_{};
};

[[noreturn]] void become(const std::vector<std::string>& arguments,
                         const std::map<std::string, std::string>& environment, pid_t parent,
                         const sigset_t& signals) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) {
    _exit(1);
  }
  pthread_sigmask(SIG_SETMASK, &signals, nullptr);
  for (const auto& [name, value] : environment) {
    setenv(name.c_str(), value.c_str(), 1);
  }
  std::vector<char*> pointers;
  for (const auto& argument : arguments) {
    pointers.push_back(const_cast<char*>(argument.c_str()));
  }
  pointers.push_back(nullptr);
  execvp(pointers.front(), pointers.data());
  std::fprintf(stderr, "gantry-fio: error: cannot run %s: %s\n", pointers.front(),
               std::strerror(errno));
  constexpr int kNotRun = 127;
  _exit(kNotRun);
}

int exit_code_of(int status) {
  if (!WIFSIGNALED(status)) {
    return WEXITSTATUS(status);
  }
  constexpr int kBySignal = 128;
  const int signal = WTERMSIG(status);
  fmt::print(stderr, "gantry-fio: error: fio was ended by signal {} ({})\n", signal,
             strsignal(signal));
  return kBySignal + signal;
}

}  // namespace

base::Result<int> run_to_end(const std::vector<std::string>& arguments,
                             const std::map<std::string, std::string>& environment) {
  const HeldSignals held;
  std::fflush(nullptr);
  const pid_t self = getpid();
  const pid_t child = fork();
  if (child < 0) {
    return base::Error{fmt::format("cannot run {}: {}", arguments.front(), std::strerror(errno)),
                       "", ""};
  }
  if (child == 0) {
    become(arguments, environment, self, held.before());
  }
  for (;;) {
    const auto signal = held.next();
    int status = 0;
    if (signal.si_signo == SIGCHLD) {
      if (waitpid(child, &status, WNOHANG) == child) {
        return exit_code_of(status);
      }
    } else if (base::interrupted()) {
      kill(child, SIGKILL);
    } else {
      base::note_interrupt(signal.si_signo);
      // The terminal has told fio, too.
      if (signal.si_code <= 0) {
        kill(child, signal.si_signo);
      }
    }
  }
}

}  // namespace gantry::fio
