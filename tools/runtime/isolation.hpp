#pragma once

#include <string_view>

#include <sys/types.h>

#include "base/result.hpp"

namespace gantry::runtime {

/// How far a program can be kept apart from the machine.
enum class Isolation {
  kNamespaces,     ///< as root: mount, pid, ipc, uts and net namespaces, all of the image's users
  kUserNamespace,  ///< as anybody: those and a user namespace, in which one user is all there is
  kChroot,         ///< as root where namespaces are refused: only the files are apart
};

/// "namespaces", "user namespace" or "chroot, processes and network are not isolated".
std::string_view describe(Isolation isolation);

/// The best that this machine lets us have, found by trying; an Error says what was refused.
base::Result<Isolation> find_isolation();

/// The flags for clone(2); 0 for kChroot.
unsigned long clone_flags(Isolation isolation);

/// As fork, with the namespaces: the child gets 0. No other thread may run: the child continues
/// with the heap as it stands.
pid_t clone_process(Isolation isolation);

}  // namespace gantry::runtime
