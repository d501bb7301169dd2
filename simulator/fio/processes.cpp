// Ends of fio's processes. fio learns of those of jobs by waitpid(), and so does this library,
// which takes its place.

#include "fio/processes.hpp"

#include <csignal>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fio/next_symbol.hpp"

namespace gantry::fio {

namespace {

Mourner the_mourner = nullptr;

}  // namespace

void end_with(pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) {  // it had ended before
    raise(SIGKILL);
  }
}

void set_mourner(Mourner mourner) {
  the_mourner = mourner;
}

}  // namespace gantry::fio

// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): the C library's
extern "C" __attribute__((visibility("default"))) pid_t waitpid(pid_t process, int* status,
                                                                int options) {
  using gantry::fio::the_mourner;
  static auto* const real = gantry::fio::next_of<pid_t(pid_t, int*, int)>("waitpid");
  const pid_t ended = real(process, status, options);
  if (ended > 0 && status != nullptr && WIFSIGNALED(*status) && the_mourner != nullptr) {
    the_mourner(ended, WTERMSIG(*status));
  }
  return ended;
}
// NOLINTEND(readability-inconsistent-declaration-parameter-name)
