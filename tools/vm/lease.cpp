#include "vm/lease.hpp"

#include <cerrno>
#include <chrono>
#include <thread>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/interrupt.hpp"

namespace gantry::vm {

namespace fs = std::filesystem;
using base::Fd;
using base::Result;

namespace {

constexpr std::chrono::milliseconds kPause{50};

/// False: path is another file by now, or none.
bool is_still(const Fd& fd, const fs::path& path) {
  struct stat locked {};
  struct stat there {};
  return fstat(fd.get(), &locked) == 0 && stat(path.c_str(), &there) == 0 &&
         locked.st_dev == there.st_dev && locked.st_ino == there.st_ino;
}

}  // namespace

Result<bool> Leases::share(const fs::path& path) {
  if (const auto held = held_.find(path); held != held_.end() && is_still(held->second, path)) {
    return true;
  }
  for (;;) {
    Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) {
      return errno == ENOENT ? Result<bool>(false) : base::errno_error("read", path);
    }
    while (flock(fd.get(), LOCK_SH) != 0) {
      if (errno != EINTR || base::interrupted()) {
        return base::errno_error("lock", path);
      }
    }
    if (is_still(fd, path)) {
      held_.insert_or_assign(path, std::move(fd));
      return true;
    }
  }
}

Result<void> Leases::reserve(const fs::path& path, const std::function<void()>& waiting) {
  if (held_.contains(path)) {
    return {};
  }
  for (bool told = false;;) {
    GANTRY_TRY(Fd fd, base::open_file(path, O_RDONLY | O_CREAT | O_CLOEXEC));
    if (flock(fd.get(), LOCK_EX | LOCK_NB) == 0) {
      if (is_still(fd, path)) {
        held_.emplace(path, std::move(fd));
        return {};
      }
      continue;
    }
    if (errno != EWOULDBLOCK && errno != EINTR) {
      return base::errno_error("lock", path);
    }
    if (!told && waiting) {
      waiting();
    }
    told = true;
    if (base::interrupted()) {
      return base::Error{"stopped while waiting for another process", path.native(), ""};
    }
    std::this_thread::sleep_for(kPause);
  }
}

std::optional<Fd> Leases::try_reserve(const fs::path& path) {
  Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd && flock(fd.get(), LOCK_EX | LOCK_NB) == 0 && is_still(fd, path)) {
    return fd;
  }
  return std::nullopt;
}

}  // namespace gantry::vm
