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
  /// A file that is not there yet has no pins; its directory is there.
  static base::Result<BaseLock> read(std::filesystem::path path);

  /// The manifest or index that a reference (as it is written) is pinned to.
  const oci::Descriptor* find(const std::string& reference) const;

  /// Pins a reference, also in the file, where others may pin theirs at the same time, of other
  /// build trees too. One that somebody else has pinned meanwhile stays as it is. False if it did.
  base::Result<bool> pin(const std::string& reference, const oci::Descriptor& descriptor);
  /// The same, but moves what is pinned. False if it was so already.
  base::Result<bool> move(const std::string& reference, const oci::Descriptor& descriptor);

 private:
  using Pins = std::map<std::string, oci::Descriptor>;

  BaseLock(std::filesystem::path path, Pins pins)
      : path_(std::move(path)), pins_(std::move(pins)) {}
  static base::Result<Pins> parse(const std::filesystem::path& path);
  base::Result<bool> set(const std::string& reference, const oci::Descriptor& descriptor,
                         bool may_move);

  std::filesystem::path path_;
  Pins pins_;
};

}  // namespace gantry::registry
