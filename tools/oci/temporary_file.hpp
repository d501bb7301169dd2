#pragma once

#include <cstdint>
#include <filesystem>

#include "base/file.hpp"
#include "base/result.hpp"

namespace gantry::oci {

/// A file that gets its name only when it is complete. Unnamed until then where the file system can
/// do that (O_TMPFILE), so that a killed process leaves nothing behind; elsewhere under a temporary
/// name, locked by its owner, which remove_abandoned finds by the lock that died with the owner.
class TemporaryFile {
 public:
  enum class Kind { kUnnamedIfPossible, kNamed };

  /// In directory, which must be on the file system of the final name. Mode 0644, whatever the
  /// umask.
  static base::Result<TemporaryFile> create(const std::filesystem::path& directory,
                                            Kind kind = Kind::kUnnamedIfPossible);
  TemporaryFile(TemporaryFile&& other) noexcept
      : fd_(std::move(other.fd_)),
        directory_(std::move(other.directory_)),
        name_(std::exchange(other.name_, {})) {}
  TemporaryFile& operator=(TemporaryFile&& other) noexcept;
  ~TemporaryFile();

  int fd() const { return fd_.get(); }
  const std::filesystem::path& name() const { return name_; }  ///< empty: unnamed

  /// Gives it its final name. False if something has that name already, which then stays.
  base::Result<bool> link_to(const std::filesystem::path& path);

  /// As link_to, but takes the place of what has the name.
  base::Result<void> replace(const std::filesystem::path& path);

  /// Removes the named files in directory whose owners are dead.
  static base::Result<void> remove_abandoned(const std::filesystem::path& directory);

 private:
  TemporaryFile(base::Fd fd, std::filesystem::path directory, std::filesystem::path name)
      : fd_(std::move(fd)), directory_(std::move(directory)), name_(std::move(name)) {}
  base::Result<bool> try_link(const std::filesystem::path& path) const;

  base::Fd fd_;
  std::filesystem::path directory_;
  std::filesystem::path name_;
};

}  // namespace gantry::oci
