#pragma once

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <ctime>

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace gantry::fio {

/// A word of memory that processes share, and that threads of each can wait on.
using Futex = std::atomic<std::uint32_t>;
static_assert(Futex::is_always_lock_free && sizeof(Futex) == sizeof(std::uint32_t));

/// Returns when the word is woken, or is not `value`, or after about that time.
inline void wait(Futex& word, std::uint32_t value, std::int64_t nanoseconds) {
  const timespec time{nanoseconds / 1'000'000'000, nanoseconds % 1'000'000'000};
  syscall(SYS_futex, &word, FUTEX_WAIT, value, &time, nullptr, 0);
}

inline void wake_all(Futex& word) {
  syscall(SYS_futex, &word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

}  // namespace gantry::fio
