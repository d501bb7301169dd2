#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace gantry::base {

/// An owned file descriptor.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept;
  ~Fd();

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

/// The Error of a failed system call: "cannot <action> <path>: <strerror(errno)>", with a hint for
/// the common causes (no space left, permission denied).
Error errno_error(std::string_view action, const std::filesystem::path& path);

Result<Fd> open_file(const std::filesystem::path& path, int flags, unsigned mode = 0666);

/// Writes all bytes, in as many calls as it takes. path is for the error only.
Result<void> write_all(int fd, std::span<const std::byte> bytes, const std::filesystem::path& path);

/// The whole file, or an error when it is longer than limit bytes.
Result<std::string> read_file(const std::filesystem::path& path,
                              std::uint64_t limit = std::uint64_t{64} << 20);

/// Writes to a temporary name in the same directory and renames: readers see the old content or the
/// new. What is no file of a directory, a device, a pipe or /dev/stdout, is written to as it is.
Result<void> write_file(const std::filesystem::path& path, std::string_view content);

/// As write_file, but leaves the file (and its time) alone if it already holds content. True if
/// written.
Result<bool> write_file_if_changed(const std::filesystem::path& path, std::string_view content);

Result<void> make_directories(const std::filesystem::path& path);

/// Removes a file or tree, also one with directories that its owner may not write; absence is no
/// error.
Result<void> remove_tree(const std::filesystem::path& path);

/// A directory of its own under TMPDIR or /tmp, removed with all it holds on destruction.
class TempDir {
 public:
  static Result<TempDir> create();

  /// Gets each directory that a killed process has left behind, before it is removed.
  using Farewell = std::function<void(const std::filesystem::path&)>;

  /// Under parent, from which those of processes that were killed are removed first: this one is
  /// locked (flock) as long as it is ours.
  static Result<TempDir> create_under(const std::filesystem::path& parent,
                                      const Farewell& farewell = {});

  /// Removes those that killed processes have left under parent.
  static Result<void> remove_abandoned(const std::filesystem::path& parent,
                                       const Farewell& farewell = {});

  /// Those that remove_abandoned would remove.
  static std::vector<std::filesystem::path> abandoned(const std::filesystem::path& parent);

  TempDir(TempDir&& other) noexcept
      : path_(std::exchange(other.path_, {})), owner_(std::move(other.owner_)) {}
  TempDir& operator=(TempDir&& other) noexcept;
  ~TempDir();

  const std::filesystem::path& path() const { return path_; }

  /// Leaves it in place from now on; whoever asked for that knows its path.
  std::filesystem::path release() { return std::exchange(path_, {}); }

 private:
  TempDir(std::filesystem::path path, Fd owner)
      : path_(std::move(path)), owner_(std::move(owner)) {}
  std::filesystem::path path_;
  Fd owner_;  ///< the directory, locked; none: it was made by create()
};

/// An advisory lock (flock) on a file, made if absent; held until destruction, released by the
/// kernel when the process dies. A signal that catch_interrupts() catches ends the wait for it.
class FileLock {
 public:
  enum class Mode { kShared, kExclusive };
  static Result<FileLock> acquire(const std::filesystem::path& path, Mode mode);
  /// Of a directory that is there, to take turns at a file in it without another file.
  static Result<FileLock> of_directory(const std::filesystem::path& path);

  /// Programs started from now on hold it too: killed in the middle, we do not release what a
  /// child of ours is still at.
  void extend_to_children();

 private:
  explicit FileLock(Fd fd) : fd_(std::move(fd)) {}
  static Result<FileLock> take(Fd fd, const std::filesystem::path& path, Mode mode);

  Fd fd_;
};

}  // namespace gantry::base
