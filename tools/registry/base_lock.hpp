#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "oci/descriptor.hpp"

namespace gantry::registry {

/// The base images of a project, each pinned to what its reference named when somebody looked: a
/// small JSON file for version control, so that every machine builds on the same bytes.
class BaseLock {
 public:
  /// A file that is not there yet has no pins. guard is a file for those that pin at the same time
  /// to take turns by, made if absent: it belongs to a build tree, not into version control.
  static base::Result<BaseLock> read(std::filesystem::path path, std::filesystem::path guard);

  /// The manifest or index that a reference (as it is written) is pinned to.
  const oci::Descriptor* find(const std::string& reference) const;

  /// Pins a reference, also in the file, in which others may pin theirs at the same time. False if
  /// it was so already.
  base::Result<bool> pin(const std::string& reference, const oci::Descriptor& descriptor);

 private:
  using Pins = std::map<std::string, oci::Descriptor>;

  BaseLock(std::filesystem::path path, std::filesystem::path guard, Pins pins)
      : path_(std::move(path)), guard_(std::move(guard)), pins_(std::move(pins)) {}
  static base::Result<Pins> parse(const std::filesystem::path& path);

  std::filesystem::path path_;
  std::filesystem::path guard_;
  Pins pins_;
};

}  // namespace gantry::registry
