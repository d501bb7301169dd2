#include "runtime/root_mounts.hpp"

#include <array>
#include <cerrno>
#include <string>

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/file.hpp"

namespace gantry::runtime {

namespace {

struct Device {
  const char* name;
  unsigned major;
  unsigned minor;
};
constexpr std::array<Device, 6> kDevices = {{{"null", 1, 3},
                                             {"zero", 1, 5},
                                             {"full", 1, 7},
                                             {"random", 1, 8},
                                             {"urandom", 1, 9},
                                             {"tty", 5, 0}}};

// moby: oci/defaults.go.
constexpr std::array kReadOnly = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
                                  "/proc/sysrq-trigger"};
constexpr std::array kHidden = {"/proc/acpi", "/proc/asound",        "/proc/kcore",
                                "/proc/keys", "/proc/latency_stats", "/proc/sched_debug",
                                "/proc/scsi", "/proc/timer_list",    "/proc/timer_stats"};

base::Result<void> mount_checked(const char* source, const char* target, const char* type,
                                 unsigned long flags, const char* data = nullptr) {
  if (mount(source, target, type, flags, data) != 0) {
    return base::errno_error("mount", target);
  }
  return {};
}

/// A mount of less privilege may only gain flags, so a change must repeat those that are there.
unsigned long current_flags(const char* path) {
  struct statvfs status {};
  if (statvfs(path, &status) != 0) {
    return 0;
  }
  constexpr std::array<std::pair<unsigned long, unsigned long>, 4> kFlags = {
      {{ST_RDONLY, MS_RDONLY},
       {ST_NOSUID, MS_NOSUID},
       {ST_NODEV, MS_NODEV},
       {ST_NOEXEC, MS_NOEXEC}}};
  unsigned long flags = 0;
  for (const auto& [shown, flag] : kFlags) {
    flags |= (status.f_flag & shown) != 0 ? flag : 0;
  }
  return flags;
}

base::Result<void> mount_proc() {
  mkdir("/proc", 0755);
  if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0) {
    // Inside another container the kernel refuses a proc that shows more than the one there. The
    // host's own would show its processes, so there is none then.
    return errno == EPERM ? base::Result<void>{} : base::errno_error("mount", "/proc");
  }
  for (const char* const path : kReadOnly) {
    if (mount(path, path, nullptr, MS_BIND | MS_REC, nullptr) == 0) {
      GANTRY_CHECK(mount_checked(nullptr, path, nullptr,
                                 MS_BIND | MS_REMOUNT | MS_RDONLY | current_flags(path)));
    }
  }
  for (const char* const path : kHidden) {
    struct stat status {};
    if (lstat(path, &status) != 0) {
      continue;
    }
    GANTRY_CHECK(S_ISDIR(status.st_mode)
                     ? mount_checked("tmpfs", path, "tmpfs",
                                     MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=4k")
                     : mount_checked("./dev/null", path, nullptr, MS_BIND));
  }
  return {};
}

/// Expects the machine's root as the working directory, for its device nodes.
base::Result<void> mount_dev() {
  mkdir("/dev", 0755);
  // No device opens on this file system; the bound nodes keep the flags of where they come from.
  GANTRY_CHECK(mount_checked("tmpfs", "/dev", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC,
                             "mode=755,size=64k"));
  for (const auto& device : kDevices) {
    const auto target = std::string("/dev/") + device.name;
    GANTRY_CHECK(base::open_file(target, O_CREAT | O_WRONLY));
    GANTRY_CHECK(mount_checked(("." + target).c_str(), target.c_str(), nullptr, MS_BIND));
  }
  constexpr std::array<std::array<const char*, 2>, 4> kLinks = {
      {{"/proc/self/fd", "/dev/fd"},
       {"/proc/self/fd/0", "/dev/stdin"},
       {"/proc/self/fd/1", "/dev/stdout"},
       {"/proc/self/fd/2", "/dev/stderr"}}};
  for (const auto& [text, link] : kLinks) {
    if (symlink(text, link) != 0) {
      return base::errno_error("create", link);
    }
  }
  mkdir("/dev/shm", 01777);
  GANTRY_CHECK(mount_checked("shm", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC,
                             "mode=1777,size=64m"));
  mkdir("/dev/pts", 0755);
  // Refused where root is not mapped; programs that want a pseudo terminal say so themselves.
  if (mount("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
            "newinstance,ptmxmode=0666,mode=0620") == 0 &&
      symlink("pts/ptmx", "/dev/ptmx") != 0) {
    return base::errno_error("create", "/dev/ptmx");
  }
  return {};
}

}  // namespace

base::Result<void> enter_mounted_root(const std::filesystem::path& root) {
  GANTRY_CHECK(mount_checked(nullptr, "/", nullptr, MS_REC | MS_PRIVATE));
  GANTRY_CHECK(mount_checked(root.c_str(), root.c_str(), nullptr, MS_BIND));
  GANTRY_CHECK(mount_checked(nullptr, root.c_str(), nullptr,
                             MS_BIND | MS_REMOUNT | MS_NODEV | current_flags(root.c_str())));
  GANTRY_TRY(const auto old_root, base::open_file("/", O_PATH | O_DIRECTORY));
  // pivot_root(2), NOTES: with "." for both, the old root lies over the new one until unmounted.
  if (chdir(root.c_str()) != 0 || syscall(SYS_pivot_root, ".", ".") != 0 ||
      fchdir(old_root.get()) != 0) {
    return base::errno_error("make the root", root);
  }
  umask(0);
  GANTRY_CHECK(mount_proc());
  GANTRY_CHECK(mount_dev());
  umask(022);
  if (umount2(".", MNT_DETACH) != 0 || chdir("/") != 0) {
    return base::errno_error("unmount", "the machine's root");
  }
  return {};
}

base::Result<void> enter_plain_root(const std::filesystem::path& root) {
  if (chroot(root.c_str()) != 0 || chdir("/") != 0) {
    return base::errno_error("make the root", root);
  }
  umask(0);
  mkdir("/dev", 0755);
  for (const auto& device : kDevices) {
    // Where devices may not be made the program goes without them.
    const auto path = std::string("/dev/") + device.name;
    mknod(path.c_str(), S_IFCHR | 0666, makedev(device.major, device.minor));
  }
  umask(022);
  return {};
}

}  // namespace gantry::runtime
