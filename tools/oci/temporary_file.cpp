#include "oci/temporary_file.hpp"

#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace gantry::oci {

namespace fs = std::filesystem;
using base::Fd;
using base::Result;

namespace {

constexpr mode_t kMode = 0644;
constexpr std::string_view kPrefix = "blob-";  // of temporary names

/// Where the kernel shows an open file as a name that can be linked to another.
std::string link_source(int fd) {
  return fmt::format("/proc/self/fd/{}", fd);
}

/// A new locked file and its name. A cleaner may take the lock (and the name away) between the
/// file's creation and our locking it; then we try again.
Result<std::pair<Fd, fs::path>> create_named(const fs::path& directory) {
  for (;;) {
    auto name = (directory / fmt::format("{}XXXXXX", kPrefix)).native();
    Fd fd(mkostemp(name.data(), O_CLOEXEC));
    if (!fd) {
      return base::errno_error("create a temporary file in", directory);
    }
    struct stat status {};
    if (flock(fd.get(), LOCK_EX | LOCK_NB) == 0 && fstat(fd.get(), &status) == 0 &&
        status.st_nlink == 1) {
      if (fchmod(fd.get(), kMode) != 0) {
        const auto error = base::errno_error("set the mode of", name);
        unlink(name.c_str());
        return error;
      }
      return std::pair<Fd, fs::path>(std::move(fd), std::move(name));
    }
    unlink(name.c_str());
  }
}

}  // namespace

Result<TemporaryFile> TemporaryFile::create(const fs::path& directory, Kind kind) {
  if (kind == Kind::kUnnamedIfPossible && access("/proc/self/fd", X_OK) == 0) {
    Fd fd(open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, kMode));
    if (fd) {
      // The umask has taken away from the mode, and must not decide what a blob looks like.
      if (fchmod(fd.get(), kMode) != 0) {
        return base::errno_error("set the mode of a file in", directory);
      }
      return TemporaryFile(std::move(fd), directory, {});
    }
    // Any other error will come back from the named way too, with its name.
  }
  GANTRY_TRY(auto named, create_named(directory));
  return TemporaryFile(std::move(named.first), directory, std::move(named.second));
}

TemporaryFile& TemporaryFile::operator=(TemporaryFile&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(directory_, other.directory_);
  std::swap(name_, other.name_);
  return *this;
}

TemporaryFile::~TemporaryFile() {
  if (!name_.empty()) {
    unlink(name_.c_str());
  }
}

Result<bool> TemporaryFile::try_link(const fs::path& path) const {
  const int failure = name_.empty() ? linkat(AT_FDCWD, link_source(fd()).c_str(), AT_FDCWD,
                                             path.c_str(), AT_SYMLINK_FOLLOW)
                                    : link(name_.c_str(), path.c_str());
  if (failure == 0) {
    return true;
  }
  if (errno == EEXIST) {
    return false;
  }
  return base::errno_error("name a new file", path);
}

Result<bool> TemporaryFile::link_to(const fs::path& path) {
  auto linked = try_link(path);
  if (!linked && !name_.empty() && rename(name_.c_str(), path.c_str()) == 0) {
    name_.clear();  // this is a file system without hard links
    return true;
  }
  return linked;
}

Result<void> TemporaryFile::replace(const fs::path& path) {
  // An unnamed file can only be linked to a name that is free; rename then takes the other's. The
  // lock says that the name in between has an owner.
  if (name_.empty() && flock(fd(), LOCK_EX | LOCK_NB) != 0) {
    return base::errno_error("lock a new file in", directory_);
  }
  for (unsigned attempt = 0; name_.empty(); ++attempt) {
    auto name = directory_ / fmt::format("{}{}-{}", kPrefix, getpid(), attempt);
    GANTRY_TRY(const bool linked, try_link(name));
    if (linked) {
      name_ = std::move(name);
    }
  }
  if (rename(name_.c_str(), path.c_str()) != 0) {
    return base::errno_error("rename a new file to", path);
  }
  name_.clear();
  return {};
}

Result<void> TemporaryFile::remove_abandoned(const fs::path& directory) {
  std::error_code failure;
  for (auto it = fs::directory_iterator(directory, failure);
       !failure && it != fs::directory_iterator(); it.increment(failure)) {
    if (!it->path().filename().native().starts_with(kPrefix)) {
      continue;
    }
    const Fd fd(open(it->path().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (fd && flock(fd.get(), LOCK_EX | LOCK_NB) == 0) {
      unlink(it->path().c_str());
    }
  }
  if (failure) {
    errno = failure.value();
    return base::errno_error("read the directory", directory);
  }
  return {};
}

}  // namespace gantry::oci
