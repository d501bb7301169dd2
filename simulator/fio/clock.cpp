// The clock of fio in simulated time. Functions of the C library are defined here anew; since the
// library is preloaded, fio calls these.
//
// Time stands still as soon as fio's helper thread makes its timer, which is after fio has measured
// what it measures of the host, and before it looks at the time for anything that it reports.

#include "fio/clock.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <utility>

#include <dlfcn.h>
#include <pthread.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "fio/next_symbol.hpp"
#include "fio/run.hpp"

namespace gantry::fio {

namespace {

constexpr Time kSecond = 1'000'000'000;
constexpr Time kMicrosecond = 1'000;

/// When simulated time begins, the same in every run, since some of it goes into what fio writes
/// and rounds; and later than any host has been up, so that fio's clock does not go back.
constexpr Time kGenesis = 1'000'000'000 * kSecond;

/// Looks at the clock with nothing done in between; more are a loop that waits for time to pass.
constexpr unsigned kLooks = 1'000;

thread_local Party* self = nullptr;
thread_local unsigned looks = 0;

bool preloaded = false;
int timer = -1;  // the helper thread's

/// fio measures how long the shortest sleep takes, and would spin for as long after each: it is
/// told that it takes no time.
timespec last_look{};
bool has_just_slept = false;

Time nanoseconds(const timespec& time) {
  return static_cast<Time>(time.tv_sec) * kSecond + time.tv_nsec;
}

timespec timespec_of(Time time) {
  return {static_cast<time_t>(time / kSecond), static_cast<long>(time % kSecond)};
}

int real_clock_gettime(clockid_t clock, timespec* time) {
  static auto* const real = next_of<int(clockid_t, timespec*)>("clock_gettime");
  return real(clock, time);
}

int real_timerfd_settime(int fd, int flags, const itimerspec* value, itimerspec* old) {
  static auto* const real =
      next_of<int(int, int, const itimerspec*, itimerspec*)>("timerfd_settime");
  return real(fd, flags, value, old);
}

bool is_simulated(clockid_t clock) {
  return (clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_RAW ||
          clock == CLOCK_MONOTONIC_COARSE || clock == CLOCK_BOOTTIME) &&
         time_stands_still();
}

/// Before time is simulated, in the only thread that there is.
int look_early(timespec* time) {
  if (!std::exchange(has_just_slept, false)) {
    real_clock_gettime(CLOCK_MONOTONIC, &last_look);
  }
  *time = last_look;
  return 0;
}

/// Lets the helper's select() return.
void wake_helper() {
  itimerspec soon{};
  soon.it_value.tv_nsec = 1;
  real_timerfd_settime(timer, 0, &soon, nullptr);
}

/// fio's own programs, which it starts, have the host's clock.
void leave_environment() {
  const char* const list = std::getenv("LD_PRELOAD");
  Dl_info info{};
  if (list == nullptr || dladdr(reinterpret_cast<void*>(&leave_environment), &info) == 0) {
    return;
  }
  // It stands first, as gantry-fio puts it.
  const auto length = std::strlen(info.dli_fname);
  preloaded = std::strncmp(list, info.dli_fname, length) == 0;
  if (!preloaded) {
    return;
  }
  const char* const rest = list + length;
  if (*rest == ':' && rest[1] != '\0') {
    setenv("LD_PRELOAD", rest + 1, 1);
  } else {
    unsetenv("LD_PRELOAD");
  }
}

__attribute__((constructor)) void start() {
  leave_environment();
}

void begin_time() {
  if (begin_time_at(kGenesis)) {
    auto& conductor = run().conductor;
    conductor.set_wake_helper(wake_helper);
    self = &conductor.helper();
    self->state.store(Party::kRunning, std::memory_order_release);
  }
}

}  // namespace

bool is_preloaded() {
  return preloaded;
}

void become(Party* party) {
  self = party;
  looks = 0;
}

void note_progress() {
  looks = 0;
}

}  // namespace gantry::fio

using namespace gantry::fio;

#define GANTRY_EXPORT extern "C" __attribute__((visibility("default")))

// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): the C library's
GANTRY_EXPORT int clock_gettime(clockid_t clock, timespec* time) noexcept {
  if (!is_simulated(clock)) {
    if (preloaded && clock == CLOCK_MONOTONIC && !time_stands_still()) {
      return look_early(time);
    }
    return real_clock_gettime(clock, time);
  }
  auto& conductor = run().conductor;
  if (self != nullptr && ++looks > kLooks) {
    conductor.sleep(*self, kMicrosecond);
  }
  *time = timespec_of(conductor.now());
  return 0;
}

GANTRY_EXPORT int nanosleep(const timespec* duration, timespec* rest) {
  static auto* const real = next_of<int(const timespec*, timespec*)>("nanosleep");
  if (preloaded && !time_stands_still()) {
    has_just_slept = true;
    return 0;
  }
  if (self == nullptr) {
    return real(duration, rest);
  }
  looks = 0;
  run().conductor.sleep(*self, std::max(nanoseconds(*duration), Time{1}));
  return 0;
}

GANTRY_EXPORT int clock_nanosleep(clockid_t clock, int flags, const timespec* duration,
                                  timespec* rest) {
  static auto* const real =
      next_of<int(clockid_t, int, const timespec*, timespec*)>("clock_nanosleep");
  if (self == nullptr || !is_simulated(clock)) {
    return real(clock, flags, duration, rest);
  }
  auto& conductor = run().conductor;
  const auto time = nanoseconds(*duration);
  looks = 0;
  conductor.sleep(*self, (flags & TIMER_ABSTIME) != 0 ? time - conductor.now() : time);
  return 0;
}

/// fio's own, of these lengths, are between looks at what other threads do.
GANTRY_EXPORT int usleep(useconds_t microseconds) {
  static auto* const real = next_of<int(useconds_t)>("usleep");
  if (self == nullptr || microseconds == 1'000 || microseconds == 5'000 || microseconds == 10'000) {
    return real(microseconds);
  }
  looks = 0;
  run().conductor.sleep(*self, static_cast<Time>(microseconds) * kMicrosecond);
  return 0;
}

GANTRY_EXPORT int timerfd_create(clockid_t clock, int flags) noexcept {
  static auto* const real = next_of<int(clockid_t, int)>("timerfd_create");
  const int fd = real(clock, flags);
  if (fd >= 0 && preloaded && !time_stands_still()) {
    timer = fd;
    begin_time();
  }
  return fd;
}

GANTRY_EXPORT int timerfd_settime(int fd, int flags, const itimerspec* value,
                                  itimerspec* old) noexcept {
  if (fd != timer || self == nullptr || flags != 0) {
    return real_timerfd_settime(fd, flags, value, old);
  }
  const itimerspec never{};
  real_timerfd_settime(fd, 0, &never, nullptr);
  auto& conductor = run().conductor;
  looks = 0;
  conductor.helper_sleeps(conductor.now() + nanoseconds(value->it_value));
  return 0;
}

/// A job that tells the helper, by a byte in a pipe, to begin its samples anew: at this moment.
GANTRY_EXPORT ssize_t write(int fd, const void* bytes, std::size_t count) {
  static auto* const real = next_of<ssize_t(int, const void*, std::size_t)>("write");
  constexpr char kReset = 2;
  if (self != nullptr && count == 1 && *static_cast<const char*>(bytes) == kReset) {
    run().conductor.call_helper();
  }
  return real(fd, bytes, count);
}

/// fio waits for a job to start, at most ten seconds of its clock: they are of the host's here.
GANTRY_EXPORT int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                                         const timespec* until) {
  static auto* const real = next_of<int(pthread_cond_t*, pthread_mutex_t*, const timespec*)>(
      "pthread_cond_timedwait", "GLIBC_2.3.2");
  constexpr Time kHour = 3600 * kSecond;
  const Time left =
      time_stands_still() ? nanoseconds(*until) - run().conductor.now() : Time{kNever};
  if (left > kHour || left < -kHour) {  // by another clock
    return real(condition, mutex, until);
  }
  timespec now{};
  real_clock_gettime(CLOCK_MONOTONIC, &now);
  const auto deadline = timespec_of(nanoseconds(now) + std::max(left, Time{0}));
  return real(condition, mutex, &deadline);
}

GANTRY_EXPORT int pthread_cond_wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
  static auto* const real =
      next_of<int(pthread_cond_t*, pthread_mutex_t*)>("pthread_cond_wait", "GLIBC_2.3.2");
  if (self == nullptr) {
    return real(condition, mutex);
  }
  auto& conductor = run().conductor;
  looks = 0;
  conductor.go_outside(*self);
  const int result = real(condition, mutex);
  conductor.come_back(*self);
  return result;
}
// NOLINTEND(readability-inconsistent-declaration-parameter-name)
