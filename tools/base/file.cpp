#include "base/file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/interrupt.hpp"

namespace gantry::base {

namespace fs = std::filesystem;

namespace {

/// Of directories that anybody may remove whose lock is free: no name that a user would choose.
constexpr std::string_view kScratchPrefix = ".gantry-scratch-";

/// Between attempts at a lock: most are held for a moment, some for minutes.
constexpr std::chrono::milliseconds kShortestPause{1};
constexpr std::chrono::milliseconds kLongestPause{50};

/// Locks of the directories in parent that nobody holds.
std::vector<std::pair<fs::path, Fd>> lock_abandoned(const fs::path& parent) {
  std::vector<std::pair<fs::path, Fd>> locked;
  std::error_code failure;
  for (auto it = fs::directory_iterator(parent, failure);
       !failure && it != fs::directory_iterator(); it.increment(failure)) {
    if (!it->path().filename().native().starts_with(kScratchPrefix)) {
      continue;
    }
    Fd fd(open(it->path().c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (fd && flock(fd.get(), LOCK_EX | LOCK_NB) == 0) {
      locked.emplace_back(it->path(), std::move(fd));
    }
  }
  return locked;
}

}  // namespace

Fd& Fd::operator=(Fd&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

Fd::~Fd() {
  if (fd_ >= 0) {
    close(fd_);
  }
}

Error errno_error(std::string_view action, const fs::path& path) {
  const int code = errno;
  std::string hint;
  if (code == ENOSPC || code == EDQUOT) {
    hint = "free some space on that file system, or build somewhere else";
  } else if (code == EACCES || code == EPERM) {
    hint = "check the owner and the permissions of the file and of its directory";
  }
  return {fmt::format("cannot {} {}: {}", action, path.native(), std::strerror(code)), "", hint};
}

Result<Fd> open_file(const fs::path& path, int flags, unsigned mode) {
  Fd fd(open(path.c_str(), flags | O_CLOEXEC, mode));
  if (!fd) {
    return errno_error((flags & O_ACCMODE) == O_RDONLY ? "read" : "write", path);
  }
  return fd;
}

Result<void> write_all(int fd, std::span<const std::byte> bytes, const fs::path& path) {
  while (!bytes.empty()) {
    const auto written = write(fd, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) {
        continue;
      }
      return errno_error("write", path);
    }
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

Result<std::string> read_file(const fs::path& path, std::uint64_t limit) {
  GANTRY_TRY(const Fd fd, open_file(path, O_RDONLY));
  struct stat status {};
  if (fstat(fd.get(), &status) != 0) {
    return errno_error("read", path);
  }
  if (S_ISDIR(status.st_mode)) {
    errno = EISDIR;
    return errno_error("read", path);
  }
  std::string content;
  content.reserve(static_cast<std::size_t>(
      std::min<std::uint64_t>(limit, static_cast<std::uint64_t>(status.st_size) + 1)));
  std::array<char, 65536> buffer;
  for (;;) {
    const auto count = read(fd.get(), buffer.data(), buffer.size());
    if (count == 0) {
      return content;
    }
    if (count < 0) {
      if (errno == EINTR) {
        continue;
      }
      return errno_error("read", path);
    }
    content.append(buffer.data(), static_cast<std::size_t>(count));
    if (content.size() > limit) {
      return Error{fmt::format("{} is larger than {} bytes", path.native(), limit), "", ""};
    }
  }
}

namespace {

bool is_in_proc(const fs::path& path) {
  return path.native().starts_with("/proc/");
}

/// Whether a path leads to a device, a pipe, or a file that a process has open: /dev/stdout.
bool is_stream(const fs::path& path) {
  std::error_code none;
  if (fs::is_symlink(path, none)) {
    return is_in_proc(fs::read_symlink(path, none)) ||
           is_in_proc(fs::canonical(path.parent_path(), none)) || fs::is_other(path, none);
  }
  return fs::is_other(path, none);
}

}  // namespace

Result<void> write_file(const fs::path& path, std::string_view content) {
  if (is_stream(path)) {
    GANTRY_TRY(const Fd stream, open_file(path, O_WRONLY | O_APPEND));
    return write_all(stream.get(), std::as_bytes(std::span(content)), path);
  }
  auto name = path.native() + ".XXXXXX";
  const Fd fd(mkostemp(name.data(), O_CLOEXEC));
  if (!fd) {
    return errno_error("create", path);
  }
  const mode_t mask = umask(0);
  umask(mask);
  auto written = write_all(fd.get(), std::as_bytes(std::span(content)), path);
  if (written && fchmod(fd.get(), 0666 & ~mask) != 0) {
    written = errno_error("set the mode of", path);
  }
  if (written && rename(name.c_str(), path.c_str()) != 0) {
    written = errno_error("rename a new file to", path);
  }
  if (!written) {
    unlink(name.c_str());
  }
  return written;
}

Result<bool> write_file_if_changed(const fs::path& path, std::string_view content) {
  if (std::error_code failure; fs::is_regular_file(path, failure) &&
                               fs::file_size(path, failure) == content.size() && !failure) {
    // One that grows meanwhile is another one, too.
    const auto old = read_file(path, std::max<std::uint64_t>(content.size(), 1));
    if (old && *old == content) {
      return false;
    }
  }
  GANTRY_CHECK(write_file(path, content));
  return true;
}

Result<void> make_directories(const fs::path& path) {
  std::error_code failure;
  fs::create_directories(path, failure);
  if (failure) {
    errno = failure.value();
    return errno_error("create the directory", path);
  }
  return {};
}

Result<void> remove_tree(const fs::path& path) {
  std::error_code failure;
  fs::remove_all(path, failure);
  if (!failure) {
    return {};
  }
  // A directory without write permission keeps its entries from anybody but root.
  std::error_code ignored;
  for (auto it = fs::recursive_directory_iterator(
           path, fs::directory_options::skip_permission_denied, ignored);
       it != fs::recursive_directory_iterator(); it.increment(ignored)) {
    if (it->is_directory(ignored) && !it->is_symlink(ignored)) {
      fs::permissions(it->path(), fs::perms::owner_all, fs::perm_options::add, ignored);
    }
  }
  fs::remove_all(path, failure);
  if (failure) {
    errno = failure.value();
    return errno_error("remove", path);
  }
  return {};
}

Result<TempDir> TempDir::create() {
  const char* const configured = std::getenv("TMPDIR");
  const fs::path parent = configured != nullptr ? configured : "/tmp";
  auto name = (parent / "gantry-XXXXXX").native();
  if (mkdtemp(name.data()) == nullptr) {
    return errno_error("create a temporary directory in", parent);
  }
  return TempDir(name, Fd());
}

Result<void> TempDir::remove_abandoned(const fs::path& parent, const Farewell& farewell) {
  for (const auto& [path, lock] : lock_abandoned(parent)) {
    if (farewell) {
      farewell(path);
    }
    GANTRY_CHECK(remove_tree(path));
  }
  return {};
}

std::vector<fs::path> TempDir::abandoned(const fs::path& parent) {
  std::vector<fs::path> paths;
  for (const auto& [path, lock] : lock_abandoned(parent)) {
    paths.push_back(path);
  }
  return paths;
}

Result<TempDir> TempDir::create_under(const fs::path& parent, const Farewell& farewell) {
  GANTRY_CHECK(remove_abandoned(parent, farewell));
  for (;;) {
    auto name = (parent / fmt::format("{}XXXXXX", kScratchPrefix)).native();
    if (mkdtemp(name.data()) == nullptr) {
      return errno_error("create a temporary directory in", parent);
    }
    Fd owner(open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    // One who looks for abandoned ones may have been faster; then this one is gone, or going.
    if (owner && flock(owner.get(), LOCK_EX | LOCK_NB) == 0 && fs::exists(name)) {
      return TempDir(name, std::move(owner));
    }
  }
}

TempDir& TempDir::operator=(TempDir&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(owner_, other.owner_);
  return *this;
}

TempDir::~TempDir() {
  if (!path_.empty()) {
    // Nothing useful can be done about a failure here; the name says whose directory it is.
    static_cast<void>(static_cast<bool>(remove_tree(path_)));
  }
}

Result<FileLock> FileLock::acquire(const fs::path& path, Mode mode) {
  // For reading, since the file may be one that nobody may write.
  GANTRY_TRY(Fd fd, open_file(path, O_RDONLY | O_CREAT, 0666));
  return take(std::move(fd), path, mode);
}

Result<FileLock> FileLock::of_directory(const fs::path& path) {
  GANTRY_TRY(Fd fd, open_file(path, O_RDONLY | O_DIRECTORY));
  return take(std::move(fd), path, Mode::kExclusive);
}

Result<FileLock> FileLock::take(Fd fd, const fs::path& path, Mode mode) {
  // A wait in the kernel would not end by a signal that is another thread's, or that comes just
  // before it.
  const int operation = (mode == Mode::kShared ? LOCK_SH : LOCK_EX) | LOCK_NB;
  for (auto pause = kShortestPause; flock(fd.get(), operation) != 0;
       pause = std::min(2 * pause, kLongestPause)) {
    if (errno != EWOULDBLOCK && errno != EINTR) {
      return errno_error("lock", path);
    }
    if (interrupted()) {
      return Error{"stopped while waiting for another process", path.native(), ""};
    }
    std::this_thread::sleep_for(pause);
  }
  return FileLock(std::move(fd));
}

void FileLock::extend_to_children() {
  fcntl(fd_.get(), F_SETFD, 0);
}

}  // namespace gantry::base
