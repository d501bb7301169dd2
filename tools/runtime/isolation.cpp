#include "runtime/isolation.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>

#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace gantry::runtime {

namespace {

/// 0, or the errno with which the machine refuses.
int try_isolation(Isolation isolation) {
  const pid_t child = clone_process(isolation);
  if (child < 0) {
    return errno;
  }
  if (child == 0) {
    // Some machines (AppArmor on Ubuntu) grant a user namespace and then refuse what it is for.
    const bool mounts = mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                        mount("tmpfs", "/proc", "tmpfs", 0, nullptr) == 0;
    _exit(mounts ? 0 : errno);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
}

}  // namespace

std::string_view describe(Isolation isolation) {
  switch (isolation) {
    case Isolation::kNamespaces:
      return "namespaces";
    case Isolation::kUserNamespace:
      return "user namespace";
    case Isolation::kChroot:
      break;
  }
  return "chroot, processes and network are not isolated";
}

unsigned long clone_flags(Isolation isolation) {
  constexpr unsigned long kAlways =
      CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET;
  switch (isolation) {
    case Isolation::kNamespaces:
      return kAlways;
    case Isolation::kUserNamespace:
      return kAlways | CLONE_NEWUSER;
    case Isolation::kChroot:
      break;
  }
  return 0;
}

pid_t clone_process(Isolation isolation) {
  return static_cast<pid_t>(
      syscall(SYS_clone, clone_flags(isolation) | SIGCHLD, nullptr, nullptr, nullptr, nullptr));
}

base::Result<Isolation> find_isolation() {
  const bool root = geteuid() == 0;
  const auto wanted = root ? Isolation::kNamespaces : Isolation::kUserNamespace;
  const int refusal = try_isolation(wanted);
  if (refusal == 0) {
    return wanted;
  }
  if (root) {
    return Isolation::kChroot;
  }
  return base::Error{
      fmt::format("this machine refuses namespaces to ordinary users ({})", std::strerror(refusal)),
      "", "allow unprivileged user namespaces, install docker or podman, or run as root"};
}

}  // namespace gantry::runtime
