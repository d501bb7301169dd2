#pragma once

#include "base/result.hpp"
#include "runtime/account.hpp"

namespace gantry::runtime {

/// What the program may keep of the powers of root.
enum class Powers {
  kContainer,  ///< Docker's default set, for a program behind namespaces
  kChroot,     ///< that set without what would open the chroot: making devices and chroot itself
};

/// Turns this process (single-threaded, about to exec) into one of the account: ids, the bounded
/// capability set (none unless uid 0), no new privileges by exec, a bounded number of processes.
/// groups: whether supplementary groups may be set (a user namespace of an ordinary user refuses).
base::Result<void> take_account(const Account& account, Powers powers, bool groups);

/// The most processes and threads that a program may have (RLIMIT_NPROC; the kernel does not hold
/// the real root to it).
inline constexpr unsigned kProcessLimit = 4096;

}  // namespace gantry::runtime
