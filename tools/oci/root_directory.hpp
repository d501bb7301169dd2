#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/file.hpp"
#include "base/result.hpp"

namespace gantry::oci {

/// A directory that is filled with names from outside. Every path is walked below its descriptor
/// and through no symbolic link at all, whatever somebody else does to the directory meanwhile.
class RootDirectory {
 public:
  enum class Walk {
    kKernel,     ///< openat2(2); each component by itself where the kernel does not know that
    kComponent,  ///< each component by itself
  };

  /// Makes the directory (0755) if it is not there; one that is there must be empty.
  static base::Result<RootDirectory> open(const std::filesystem::path& path,
                                          Walk walk = Walk::kKernel);

  /// An entry's parent directory, open until the next call, and its name there.
  struct Place {
    int parent;
    std::string name;
  };
  base::Result<Place> place_of(std::string_view path);

  /// The directory at path ("" is the root itself), for reading and for setting its metadata.
  base::Result<base::Fd> open_directory(std::string_view path);

  /// Where path is, for messages.
  std::filesystem::path name_of(std::string_view path) const { return path_ / path; }

  /// Removes everything in it.
  base::Result<void> clear() const;

 private:
  RootDirectory(std::filesystem::path path, base::Fd fd, Walk walk)
      : path_(std::move(path)), fd_(std::move(fd)), walk_(walk) {}
  base::Result<base::Fd> open_by_component(std::string_view path) const;

  std::filesystem::path path_;
  base::Fd fd_;
  Walk walk_;
  base::Fd last_parent_;  // entries come sorted: most have the parent of the one before
  std::string last_parent_path_;
};

}  // namespace gantry::oci
