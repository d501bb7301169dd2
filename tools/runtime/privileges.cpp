#include "runtime/privileges.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file.hpp"

namespace gantry::runtime {

namespace {

/// moby: oci/caps/defaults.go.
constexpr std::array kDockerCapabilities = {
    CAP_CHOWN,   CAP_DAC_OVERRIDE, CAP_FSETID,           CAP_FOWNER,
    CAP_MKNOD,   CAP_NET_RAW,      CAP_SETGID,           CAP_SETUID,
    CAP_SETFCAP, CAP_SETPCAP,      CAP_NET_BIND_SERVICE, CAP_SYS_CHROOT,
    CAP_KILL,    CAP_AUDIT_WRITE};

std::uint64_t capability_set(Powers powers) {
  std::uint64_t set = 0;
  for (const int capability : kDockerCapabilities) {
    set |= std::uint64_t{1} << capability;
  }
  if (powers == Powers::kChroot) {
    set &= ~(std::uint64_t{1} << CAP_MKNOD | std::uint64_t{1} << CAP_SYS_CHROOT);
  }
  return set;
}

base::Result<void> keep_capabilities(std::uint64_t wanted) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> data{};
  if (syscall(SYS_capget, &header, data.data()) != 0) {
    return base::errno_error("read", "the capabilities");
  }
  for (std::size_t word = 0; word < data.size(); ++word) {
    const auto part = static_cast<std::uint32_t>(wanted >> (32 * word));
    data[word].permitted &= part;
    data[word].effective = data[word].permitted;
    data[word].inheritable = 0;
  }
  if (syscall(SYS_capset, &header, data.data()) != 0) {
    return base::errno_error("drop", "capabilities");
  }
  return {};
}

void bound_capabilities(std::uint64_t wanted) {
  for (unsigned long capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0;
       ++capability) {
    if ((wanted >> capability & 1) == 0) {
      // Refused without CAP_SETPCAP; then no_new_privs alone keeps an exec within what we have.
      prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
    }
  }
}

void bound_processes() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NPROC, &limit) == 0) {
    limit.rlim_max = std::min<rlim_t>(limit.rlim_max, kProcessLimit);
    limit.rlim_cur = std::min(limit.rlim_cur, limit.rlim_max);
    setrlimit(RLIMIT_NPROC, &limit);
  }
}

}  // namespace

base::Result<void> take_account(const Account& account, Powers powers, bool groups) {
  const auto wanted = capability_set(powers);
  bound_capabilities(wanted);
  if (groups) {
    const std::vector<gid_t> list(account.groups.begin(), account.groups.end());
    if (setgroups(list.size(), list.data()) != 0) {
      return base::errno_error("set", "the supplementary groups");
    }
  }
  if (setresgid(account.gid, account.gid, account.gid) != 0) {
    return base::errno_error("become group", std::to_string(account.gid));
  }
  if (setresuid(account.uid, account.uid, account.uid) != 0) {
    return base::errno_error("become user", std::to_string(account.uid));
  }
  // The kernel takes them away only on the way from uid 0; in a user namespace we were never it.
  GANTRY_CHECK(keep_capabilities(account.uid == 0 ? wanted : 0));
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return base::errno_error("set", "no_new_privs");
  }
  bound_processes();
  return {};
}

}  // namespace gantry::runtime
