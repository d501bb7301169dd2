// Ends of fio's processes. fio learns of those of jobs by waitpid(), and so does this library,
// which takes its place.

#include "fio/processes.hpp"

#include <csignal>

#include <pthread.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fio/next_symbol.hpp"

namespace gantry::fio {

namespace {

Mourner the_mourner = nullptr;
bool any_was_killed = false;

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

#define GANTRY_EXPORT extern "C" __attribute__((visibility("default")))

// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): the C library's
GANTRY_EXPORT pid_t waitpid(pid_t process, int* status, int options) {
  using namespace gantry::fio;
  static auto* const real = next_of<pid_t(pid_t, int*, int)>("waitpid");
  const pid_t ended = real(process, status, options);
  if (ended > 0 && status != nullptr && WIFSIGNALED(*status) && the_mourner != nullptr) {
    any_was_killed = true;
    the_mourner(ended, WTERMSIG(*status));
  }
  return ended;
}

/// The C library's waits until nobody waits for the condition, which one who was killed does for
/// ever; fio is at its end then.
GANTRY_EXPORT int pthread_cond_destroy(pthread_cond_t* condition) noexcept {
  static auto* const real =
      gantry::fio::next_of<int(pthread_cond_t*)>("pthread_cond_destroy", "GLIBC_2.3.2");
  return gantry::fio::any_was_killed ? 0 : real(condition);
}
// NOLINTEND(readability-inconsistent-declaration-parameter-name)
